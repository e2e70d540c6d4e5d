// An execution as its events make it. Pure: the page's live state, the scrubber's past states and the tests use the same function,
// and what it makes of all events is what the server's own answer says.

import type { Execution, ExecutionStatus, NodeDetail, NodeStatus, WorkflowEvent } from './types.ts';

const executionStatusOf: Record<string, ExecutionStatus> = {
  'workflow.queued': 'queued',
  'workflow.started': 'running',
  'workflow.resumed': 'running',
  'workflow.waiting': 'waiting',
  'workflow.cancelling': 'cancelling',
  'workflow.completed': 'completed',
  'workflow.failed': 'failed',
  'workflow.cancelled': 'cancelled',
};

const nodeStatusOf: Record<string, NodeStatus> = {
  'node.queued': 'queued',
  'node.started': 'running',
  'node.retrying': 'retrying',
  'node.waiting': 'waiting',
  'node.completed': 'completed',
  'node.failed': 'failed',
  'node.skipped': 'skipped',
  'node.cancelled': 'cancelled',
};

export const isTerminal = (status: ExecutionStatus): boolean => status === 'completed' || status === 'failed' || status === 'cancelled';

export const isNodeTerminal = (status: NodeStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'skipped' || status === 'cancelled';

export const timeOf = (iso: string | null | undefined): number | null => {
  const time = Date.parse(iso ?? '');
  return Number.isNaN(time) ? null : time;
};

const iso = (timestamp: number) => new Date(timestamp).toISOString();

/** What an event says of a node; what it does not name it takes away, for its values are absolute. */
function reduceNode(before: NodeDetail | undefined, event: WorkflowEvent, nodeId: string): NodeDetail {
  const node: NodeDetail = before ?? { nodeId, status: 'pending' };
  if (event.type === 'node.progress') return { ...node, progress: { percent: event.percent ?? null, message: event.message ?? '' } };
  const status = nodeStatusOf[event.type];
  if (status === undefined) return node;
  const { progress: _, until: __, awaits: ___, error: ____, ...kept } = node;
  const next: NodeDetail = { ...kept, status };
  const { parentId, attempt, childExecutionId, until, awaits, error, kept: isKept, case: chosen } = event;
  Object.assign(next, given({ parentId, attempt, childExecutionId, until, awaits, error, kept: isKept, case: chosen }));
  if (event.nextNodeIds !== undefined) next.nextNodeIds = event.nextNodeIds;
  if (status === 'running') next.startTime = event.startTime ?? node.startTime ?? iso(event.timestamp);
  if (isNodeTerminal(status)) {
    if (event.startTime !== undefined) next.startTime = event.startTime;
    next.endTime = event.endTime ?? iso(event.timestamp);
    const started = timeOf(next.startTime);
    const duration = event.duration ?? (started === null ? undefined : event.timestamp - started);
    if (duration !== undefined) next.duration = duration;
  }
  return next;
}

/** Only the members that have a value. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** An execution whose parts are nobody else's. */
interface Draft extends Execution {
  nodesExecuted: string[];
  nodeDetails: Record<string, NodeDetail>;
}

function take(draft: Draft, event: WorkflowEvent): void {
  const { nodeId, type } = event;
  if (nodeId !== undefined && type.startsWith('node.')) {
    const node = reduceNode(draft.nodeDetails[nodeId], event, nodeId);
    draft.nodeDetails[nodeId] = node;
    if (type !== 'node.progress') draft.rev = event.rev;
    // A node that was kept from an earlier execution ran there.
    if (node.startTime && !nodeId.includes('/') && !draft.nodesExecuted.includes(nodeId)) draft.nodesExecuted.push(nodeId);
    return;
  }
  draft.rev = event.rev;
  const status = executionStatusOf[type];
  if (status === undefined) return;
  draft.status = status;
  if (status === 'running') draft.startTime = event.startTime ?? draft.startTime ?? iso(event.timestamp);
  if (event.error !== undefined) draft.error = event.error;
  if (!isTerminal(status)) return;
  draft.endTime = event.endTime ?? iso(event.timestamp);
  const started = timeOf(draft.startTime);
  draft.executionTime = event.executionTime ?? (started === null ? null : event.timestamp - started);
}

/** The execution after all of the events, in their order. */
export function reduceEvents(state: Execution, events: readonly WorkflowEvent[]): Execution {
  const draft: Draft = { ...state, nodesExecuted: [...state.nodesExecuted], nodeDetails: { ...state.nodeDetails } };
  for (const event of events) take(draft, event);
  return draft;
}

/** The execution after the event; the same object where the event changes nothing of it. */
export function reduceExecution(state: Execution, event: WorkflowEvent): Execution {
  // A log's text is in the log; who follows it listens to the stream.
  return event.type === 'node.log' ? state : reduceEvents(state, [event]);
}

/** What the execution was before its first event: where a replay begins. */
export function beforeEvents(execution: Execution): Execution {
  return { ...execution, status: 'queued', rev: 0, startTime: null, endTime: null, executionTime: null, error: null, output: null, nodesExecuted: [], nodeDetails: {} };
}

/** How long it has run, in milliseconds, or ran; null before it began. `now` is the server's time. */
export function elapsed({ startTime, endTime }: { startTime?: string | null; endTime?: string | null }, now: number): number | null {
  const started = timeOf(startTime);
  return started === null ? null : Math.max(0, (timeOf(endTime) ?? now) - started);
}

export const statusOfNode = (execution: Execution, nodeId: string): NodeStatus => execution.nodeDetails[nodeId]?.status ?? 'pending';

/** The children of a `parallel` or `foreach` that have been heard of. */
export function childrenOf(execution: Execution, nodeId: string): NodeDetail[] {
  const prefix = `${nodeId}/`;
  const key = (node: NodeDetail) => node.nodeId.slice(prefix.length);
  return Object.values(execution.nodeDetails)
    .filter((node) => node.nodeId.startsWith(prefix))
    .sort((a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }));
}
