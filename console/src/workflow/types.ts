// What the server says of workflows (docs/http-api.md). Times are ISO 8601 in answers and milliseconds since 1970 in events.

export const executionStatuses = ['queued', 'running', 'waiting', 'cancelling', 'completed', 'failed', 'cancelled'] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const nodeStatuses = ['pending', 'queued', 'running', 'retrying', 'waiting', 'completed', 'failed', 'skipped', 'cancelled'] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export interface NodeDetail {
  nodeId: string;
  status: NodeStatus;
  /** Of a child of `parallel` or `foreach`: the node that it belongs to. */
  parentId?: string | null;
  attempt?: number;
  /** Of the first attempt. */
  startTime?: string | null;
  endTime?: string | null;
  /** Milliseconds, of all attempts and the pauses between them. */
  duration?: number | null;
  error?: string | null;
  output?: unknown;
  /** The nodes that this one's end led to. */
  nextNodeIds?: readonly string[];
  /** Of a branch: what it chose. */
  case?: string | null;
  /** What a node that waits waits for: "time", "approval", "execution", "decision". */
  awaits?: string | null;
  /** When a node that retries runs again, or one that waits is woken at the latest. */
  until?: string | null;
  /** Of a sub-workflow. */
  childExecutionId?: string | null;
  /** Its result is that of the execution that this one repeats. */
  kept?: boolean;
  /** Passing: what a running effect said last. No answer of the server has it. */
  progress?: { percent: number | null; message: string };
}

/** An attempt, as the span of a trace. */
export interface Span {
  spanId: string;
  nodeId: string;
  /** The node that its node belongs to. */
  parentId?: string | null;
  name: string;
  attempt: number;
  startTime: string;
  endTime?: string | null;
  status?: string;
}

export interface Execution {
  executionId: string;
  workflowId: string;
  workflowName: string;
  status: ExecutionStatus;
  rev: number;
  cursor?: string;
  definitionVersion: number;
  startTime?: string | null;
  endTime?: string | null;
  executionTime?: number | null;
  error?: string | null;
  input?: unknown;
  output?: unknown;
  /** The execution whose node started it. */
  parentExecutionId?: string | null;
  /** The execution that it repeats. */
  rerunOf?: string | null;
  nodesExecuted: readonly string[];
  nodeDetails: Readonly<Record<string, NodeDetail>>;
  spans?: readonly Span[];
}

export interface ExecutionRow {
  executionId: string;
  workflowId: string;
  workflowName: string;
  status: ExecutionStatus;
  rev?: number;
  startTime?: string | null;
  endTime?: string | null;
  executionTime?: number | null;
  error?: string | null;
  nodesExecuted: readonly string[];
  nodeDetails: Readonly<Record<string, { status: NodeStatus; duration?: number | null }>>;
}

export type Stats = { total: number } & Partial<Record<ExecutionStatus, number>>;

export interface ExecutionsAnswer {
  executions: ExecutionRow[];
  stats: Stats;
  nextBefore?: string | null;
  cursor: string;
  listRev: number;
}

/** An event of an execution, on its own stream and, with `listRev`, on the list's. */
export interface WorkflowEvent {
  type: string;
  executionId: string;
  nodeId?: string;
  parentId?: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  attempt?: number;
  rev: number;
  listRev?: number;
  stats?: Stats;
  /** Of the event's own workflow. */
  workflowStats?: Stats;
  status?: string;
  workflowId?: string;
  workflowName?: string;
  startTime?: string;
  endTime?: string;
  error?: string;
  duration?: number;
  executionTime?: number;
  nextNodeIds?: readonly string[];
  case?: string;
  awaits?: string;
  until?: string;
  kept?: boolean;
  childExecutionId?: string;
  title?: string;
  decision?: string;
  comment?: string;
  by?: string;
  reason?: string;
  percent?: number;
  message?: string;
}

export interface WorkflowNode {
  id: string;
  name?: string;
  type: string;
  with?: Record<string, unknown>;
  if?: string;
}

export interface WorkflowEdge {
  from: string;
  to: string;
  on?: 'success' | 'failure' | 'always';
  if?: string;
  case?: string;
}

export interface Definition {
  id: string;
  name: string;
  description?: string;
  input?: JsonSchema;
  triggers?: { type: string; [member: string]: unknown }[];
  secrets?: string[];
  nodes: WorkflowNode[];
  edges?: WorkflowEdge[];
}

/** As much of JSON Schema as a form needs. */
export interface JsonSchema {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  items?: JsonSchema;
}

export interface Problem {
  path: string;
  line: number;
  column: number;
  message: string;
}

export interface Validation {
  valid: boolean;
  problems: Problem[];
  definition?: Definition;
}
