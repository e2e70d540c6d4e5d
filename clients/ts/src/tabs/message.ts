// What the tabs of a browser say to each other.

import { type ErrorCode, WeirError } from '../error.js';
import type { FeedStatus } from '../feed.js';
import type { StreamEvent } from '../types.js';

export type TabMessage =
  /** Somebody came, or came back, and asks how things are. */
  | { kind: 'hello' }
  /** Somebody knows that there is something new. */
  | { kind: 'hurry' }
  | ({ kind: 'status'; status: TabStatus; hidden: boolean; clientId: string | undefined } & Position)
  | ({ kind: 'event'; event: StreamEvent } & Position);

interface Position {
  /** Everything up to here had been told before. */
  readonly from: string;
  /** And up to here now. */
  readonly to: string;
}

/** Errors do not survive the way as what they are. */
interface TabStatus extends Omit<FeedStatus, 'error'> {
  readonly error?: { code: ErrorCode; message: string; status: number | undefined; retryable: boolean; retryAfter: number | undefined };
}

export function packed({ error, ...status }: FeedStatus): TabStatus {
  if (!error) return status;
  const { code, message, status: http, retryable, retryAfter } = error;
  return { ...status, error: { code, message, status: http, retryable, retryAfter } };
}

export function unpacked({ error, ...status }: TabStatus): FeedStatus {
  return error ? { ...status, error: new WeirError(error.code, error.message, error) } : status;
}
