// The list of executions as its events make it: rows by id, the newest first, and the server's own counts. Rows that an event tells
// of are kept even where the list has not been read that far yet, so that a page of older ones that was on its way meanwhile rewinds nothing.

import { isTerminal, reduceExecution } from './reducer.ts';
import type { Execution, ExecutionRow, ExecutionsAnswer, ExecutionStatus, WorkflowEvent } from './types.ts';

export interface ListState extends Omit<ExecutionsAnswer, 'executions'> {
  /** In the list's order; those older than `oldest` are known only in part and not shown. */
  executions: readonly ExecutionRow[];
  /** The last row that was read, while there are older ones. */
  oldest?: string;
  /** A row is missing of which an event told too little: the list has to be read again. */
  stale?: boolean;
}

/** What the list was asked for. */
export interface ListQuery {
  status: ExecutionStatus | '';
  workflowId: string;
}

/** Rows that lie beyond the end of what was read; older ones go. */
const beyondMax = 500;

/** Ids begin with their time: the newer one is the greater. */
const newestFirst = (a: ExecutionRow, b: ExecutionRow) => (a.executionId < b.executionId ? 1 : a.executionId > b.executionId ? -1 : 0);

/** Where the list as it was read ends; "": it was read to its end. */
const endOf = ({ nextBefore, oldest, executions }: ListState): string => (nextBefore ? (oldest ?? executions.at(-1)?.executionId ?? '') : '');

function newerOf(one: ExecutionRow | undefined, other: ExecutionRow): ExecutionRow {
  if (one === undefined) return other;
  // Equal revisions: the answer knows the nodes, an event may not.
  return (one.rev ?? 0) > (other.rev ?? 0) ? { ...other, ...one, nodeDetails: { ...other.nodeDetails, ...one.nodeDetails } } : other;
}

function blankRow(event: WorkflowEvent): ExecutionRow | null {
  if (event.workflowId === undefined) return null;
  return {
    executionId: event.executionId,
    workflowId: event.workflowId,
    workflowName: event.workflowName ?? event.workflowId,
    status: 'queued',
    rev: 0,
    startTime: null,
    endTime: null,
    executionTime: null,
    nodesExecuted: [],
    nodeDetails: {},
  };
}

/** What a row is told by an event. Of a node's children the row shows nothing. */
function rowAfter(row: ExecutionRow, event: WorkflowEvent): ExecutionRow {
  if (event.nodeId?.includes('/')) return { ...row, rev: event.rev };
  return reduceExecution({ ...row, rev: row.rev ?? 0, definitionVersion: 0 } as Execution, event);
}

function statsAfter(state: ListState, event: WorkflowEvent, workflowId: string | undefined, wanted: string): ListState['stats'] {
  if (wanted === '') return event.stats ?? state.stats;
  return workflowId === wanted ? (event.workflowStats ?? state.stats) : state.stats;
}

export function reduceList(state: ListState, event: WorkflowEvent, { status, workflowId }: ListQuery = { status: '', workflowId: '' }): ListState {
  const at = state.executions.findIndex(({ executionId }) => executionId === event.executionId);
  const before = at < 0 ? blankRow(event) : state.executions[at];
  const oldest = endOf(state);
  const head = { ...state, oldest, listRev: event.listRev ?? state.listRev, stats: statsAfter(state, event, before?.workflowId, workflowId) };
  if (before === undefined || before === null) {
    // It may belong to the list by now; what the event says is too little for a row.
    const belongs = event.nodeId === undefined && (status === '' || event.status === status) && event.executionId >= oldest;
    return belongs ? { ...head, stale: true } : head;
  }
  if (event.rev <= (before.rev ?? 0)) return head;
  const after = rowAfter(before, event);
  const executions = at < 0 ? [...state.executions, after].sort(newestFirst) : state.executions.map((row, i) => (i === at ? after : row));
  return { ...head, executions: trimmed(executions, oldest) };
}

function trimmed(executions: readonly ExecutionRow[], oldest: string): readonly ExecutionRow[] {
  const beyond = executions.findIndex(({ executionId }) => executionId < oldest);
  return beyond < 0 || executions.length - beyond <= beyondMax ? executions : executions.slice(0, beyond + beyondMax);
}

/** The list with a further page of older ones. Counts and revision stay: the page may be of another moment than the stream. */
export function withOlder(state: ListState, page: ExecutionsAnswer): ListState {
  const rows = new Map(state.executions.map((row) => [row.executionId, row]));
  for (const row of page.executions) rows.set(row.executionId, newerOf(rows.get(row.executionId), row));
  const oldest = page.nextBefore ? (page.executions.at(-1)?.executionId ?? endOf(state)) : '';
  return { ...state, nextBefore: page.nextBefore ?? null, oldest, executions: [...rows.values()].sort(newestFirst) };
}

export interface ListFilter extends ListQuery {
  text: string;
}

/** What is shown: the rows that were read and fit. */
export function shownRows(state: ListState, { status, workflowId, text }: ListFilter): ExecutionRow[] {
  const wanted = text.trim().toLowerCase();
  const oldest = endOf(state);
  return state.executions.filter(
    (row) =>
      row.executionId >= oldest &&
      (status === '' || row.status === status) &&
      (workflowId === '' || row.workflowId === workflowId) &&
      (wanted === '' || [row.workflowName, row.workflowId, row.executionId, row.error ?? ''].some((each) => each.toLowerCase().includes(wanted))),
  );
}

export const isActive = (row: ExecutionRow): boolean => !isTerminal(row.status);
