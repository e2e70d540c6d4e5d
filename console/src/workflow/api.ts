// The requests of the workflow pages.

import { request, withQuery } from '../api/http.ts';
import type { Definition } from './types.ts';

const base = '/api/workflow';

const part = encodeURIComponent;
/** A node's id may name a child, `each/3`: one segment of a path all the same. */
export const paths = {
  executions: (query: Record<string, string | number | null | undefined> = {}) => withQuery(`${base}/executions`, query),
  executionsStream: `${base}/executions/stream`,
  executionsChanges: `${base}/executions/changes`,
  execution: (id: string) => `${base}/executions/${part(id)}`,
  node: (id: string, node: string) => `${base}/executions/${part(id)}/nodes/${part(node)}`,
  logs: (id: string, node: string, query: Record<string, string | number | null | undefined>) => withQuery(`${base}/executions/${part(id)}/nodes/${part(node)}/logs`, query),
  events: (id: string, query: Record<string, string | number | null | undefined>) => withQuery(`${base}/executions/${part(id)}/events`, query),
  definitions: `${base}/definitions`,
  definition: (id: string) => `${base}/definitions/${part(id)}`,
  versions: (id: string) => `${base}/definitions/${part(id)}/versions`,
  version: (id: string, version: number) => `${base}/definitions/${part(id)}/versions/${version}`,
  export: (id: string, format: 'json' | 'yaml') => withQuery(`${base}/definitions/${part(id)}/export`, { format }),
  hookToken: (id: string, hook: string) => `${base}/definitions/${part(id)}/hooks/${part(hook)}/token`,
  validate: `${base}/definitions/validate`,
  examples: `${base}/examples`,
  approvals: `${base}/approvals`,
  schedules: `${base}/schedules`,
  schedule: (workflow: string, index: number) => `${base}/schedules/${part(workflow)}/${index}`,
  secrets: `${base}/secrets`,
  secret: (name: string) => `${base}/secrets/${part(name)}`,
};

export const executionPage = (id: string): string => `/executions/${part(id)}`;
export const definitionPage = (id: string): string => `/definitions/${part(id)}`;

export interface Started {
  executionId: string;
  cursor?: string;
}

/** Browsers have randomUUID on secure pages only. */
export const newKey = (): string => (typeof crypto.randomUUID === 'function' ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`);

/** Starts an execution. The same key starts it once, however often the request is sent. */
export const execute = (workflowId: string, input: unknown, key: string): Promise<Started> =>
  request<Started>(`${base}/execute`, { method: 'POST', json: { workflowId, input }, headers: { 'Idempotency-Key': key } });

export const cancel = (id: string): Promise<unknown> => request(`${paths.execution(id)}/cancel`, { method: 'POST', json: {} });

export const rerun = (id: string, fromNode: string | null): Promise<Started> =>
  request<Started>(`${paths.execution(id)}/rerun`, { method: 'POST', json: fromNode === null ? {} : { fromNode } });

export type Decision = 'approve' | 'reject';

export const decide = (id: string, node: string, decision: Decision, comment: string): Promise<unknown> =>
  request(`${paths.node(id, node)}/approve`, { method: 'POST', json: { decision, comment } });

export interface NodeAnswer {
  nodeId: string;
  input?: unknown;
  output?: unknown;
  error?: string | null;
  attempts?: { attempt: number; status: string; startTime?: string | null; endTime?: string | null; error?: string | null }[];
}

export interface LogsAnswer {
  offset: number;
  text: string;
  /** Bytes that there are. */
  size: number;
}

export interface DefinitionSummary {
  id: string;
  name: string;
  description: string;
  version: number;
  updatedTime: string | null;
  nodes: number;
  /** The types of what starts it by itself. */
  triggers: readonly string[];
}

export interface DefinitionAnswer {
  id: string;
  version: number;
  createdTime: string;
  definition: Definition;
}

/** A webhook's address. Its token is told once. */
export interface Hook {
  id: string;
  token: string;
  url: string;
}

export interface SavedDefinition {
  id: string;
  version: number;
  hooks?: Hook[];
}

export interface VersionSummary {
  version: number;
  createdTime: string | null;
  author: string | null;
}

export interface Approval {
  executionId: string;
  nodeId: string;
  workflowId: string;
  title: string;
  message: string;
  requestedTime: string | null;
  expires: string | null;
}

export interface Schedule {
  workflowId: string;
  workflowName: string;
  index: number;
  schedule: string;
  timezone: string;
  enabled: boolean;
  nextTime: string | null;
}

export interface SecretInfo {
  name: string;
  createdTime: string | null;
  updatedTime: string | null;
}

export interface Example {
  id: string;
  yaml: string;
}
