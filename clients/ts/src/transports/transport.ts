// What the ways to the events have in common: one run is one connection (or one series of polls), from a cursor to an ending.

import { WeirError, asError } from '../error.js';
import type { Requester } from '../request.js';
import type { Settings } from '../settings.js';
import type { StreamEvent } from '../types.js';

/** How a run ended. */
export type Ending =
  /** Over for good: the server says that nothing will come. */
  | { why: 'ended' }
  /** In an orderly way: come back after what the server asked for, or after `wait` milliseconds. */
  | { why: 'closed'; wait?: number }
  /** The server's own refusal: whether to come back is in the error. */
  | { why: 'refused'; error: WeirError }
  /** Network, time, or an answer that is not the server's. It may be this transport's fault alone; if not, the error says whether to come back. */
  | { why: 'failed'; error: WeirError };

/** What a run is given, and whom it tells. */
export interface Link {
  readonly options: Settings;
  readonly url: string;
  readonly requester: Requester;
  /** Aborted: the run returns soon, with any ending. */
  readonly signal: AbortSignal;
  /** Everything up to here has been seen; "" if that is nowhere. Moved by events and by polls. */
  cursor: string;
  /** The connection stands. */
  opened(): void;
  /** Something has come through that proves the transport. Called often. */
  alive(): void;
  /** The head of a stream has come long ago, and nothing else. */
  quiet(): void;
  event(event: StreamEvent): void;
  /** `retry:` of the server, in milliseconds. */
  retry(milliseconds: number): void;
  /** Waits; returns early when the run is aborted. */
  sleep(milliseconds: number): Promise<void>;
  /** Waits until somebody looks at the page, or the run is aborted. */
  visible(): Promise<void>;
}

export type Transport = (link: Link) => Promise<Ending>;

export const controlTypes: readonly string[] = ['system', 'recovery', 'gap', 'heartbeat', 'auth-expiring', 'drain'];

/** Milliseconds of silence that a connection with heartbeats may have. */
export function silenceMax({ options: { heartbeat } }: Link): number | undefined {
  return heartbeat > 0 ? heartbeat * 2000 : undefined;
}

/** What was thrown while a run was on, as its ending. */
export function failure(thrown: unknown, { passed }: { passed: boolean }): Ending {
  if (passed) return { why: 'failed', error: new WeirError('timeout', 'Nothing came in time', { retryable: true }) };
  const error = asError(thrown);
  // No other transport would help.
  const own = error.code === 'event-too-large' || error.code === 'token';
  return { why: own ? 'refused' : 'failed', error };
}
