// What became of an edge, from what became of its ends.

import { isNodeTerminal, statusOfNode } from '../reducer.ts';
import type { Execution, NodeDetail, WorkflowEdge } from '../types.ts';

export type EdgeState = 'idle' | 'active' | 'taken' | 'not-taken';

/** Whether the source's end fits the edge, as far as can be told without working out its condition. */
function fits(edge: WorkflowEdge, { status, case: chosen }: NodeDetail): boolean {
  const on = edge.on ?? 'success';
  if (edge.case !== undefined && chosen !== undefined && edge.case !== chosen) return false;
  return on === 'always' || (on === 'success' && status === 'completed') || (on === 'failure' && status === 'failed');
}

/** `active`: the run is passing it: its source has ended and its target is at work. */
export function edgeState(edge: WorkflowEdge, execution: Execution): EdgeState {
  const source = execution.nodeDetails[edge.from];
  if (source === undefined || !isNodeTerminal(source.status)) return 'idle';
  const target = statusOfNode(execution, edge.to);
  const chosen = source.nextNodeIds === undefined ? fits(edge, source) : source.nextNodeIds.includes(edge.to);
  if (!chosen || target === 'skipped') return 'not-taken';
  if (target === 'running' || target === 'retrying' || target === 'queued' || target === 'waiting') return 'active';
  return target === 'pending' ? 'idle' : 'taken';
}

/** How an edge is named in the graph; nothing for the ordinary one. */
export function edgeLabel({ on, case: branch, if: condition }: WorkflowEdge): string {
  return [branch, on === undefined || on === 'success' ? undefined : on, condition].filter((each) => each !== undefined && each !== '').join(' · ');
}
