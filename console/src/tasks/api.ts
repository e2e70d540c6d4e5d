// The requests of the page of tasks.

import type { Task, TaskStatus } from 'weir-client/tasks';

import { request, withQuery } from '../api/http.ts';

const base = '/api/task-feed';
const one = (id: string) => `${base}/${encodeURIComponent(id)}`;

export interface TaskStage {
  name: string;
  startedAt: number;
  endedAt: number | null;
}

export interface TaskAttempt {
  attempt: number;
  worker: string | null;
  startedAt: number;
  endedAt: number | null;
  /** How it ended: the task's status then, or "lost". */
  outcome: string | null;
  errorMessage: string | null;
  stages: readonly TaskStage[];
}

/** Everything that is known of a task. */
export interface FullTask extends Task {
  ownerId: string;
  /** Of the attempt. */
  startedAt: number | null;
  endedAt: number | null;
  stages: readonly TaskStage[];
  attempts: readonly TaskAttempt[];
  /** What its worker was given. */
  data: unknown;
  /** All that is known of the product. */
  details: unknown;
  characteristics: unknown;
  result: unknown;
}

export interface TaskPage {
  tasks: readonly Task[];
  nextBefore: string | null;
}

export const readTask = async (id: string, signal: AbortSignal): Promise<FullTask> => (await request<{ task: FullTask }>(one(id), { signal })).task;

const pageLimit = 25;

/** Those with one of the statuses, the newest first: of tasks under way, or of such as have ended. */
export const readPage = (user: string, statuses: readonly TaskStatus[], before: string | null, signal: AbortSignal): Promise<TaskPage> =>
  request<TaskPage>(withQuery(`${base}/history`, { user, status: statuses.join(), before, limit: pageLimit }).replaceAll('%2C', ','), { signal });

export const cancelTask = (id: string): Promise<unknown> => request(`${one(id)}/cancel`, { method: 'POST', json: {} });
export const retryTask = (id: string): Promise<unknown> => request(`${one(id)}/retry`, { method: 'POST', json: {} });

/** The execution of a workflow that drives the task, where its input names one. */
export function executionOf(data: unknown): string | null {
  const id = (data as { executionId?: unknown } | null | undefined)?.executionId;
  return typeof id === 'string' ? id : null;
}
