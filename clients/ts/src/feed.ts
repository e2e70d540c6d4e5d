// Where a client's events come from: a connection of its own, or another tab's.

import type { WeirError } from './error.js';
import type { ConnectionState, StreamEvent, TransportName } from './types.js';

export interface FeedStatus {
  readonly state: Exclude<ConnectionState, 'DISCONNECTED'>;
  readonly transport?: TransportName | undefined;
  /** Why the state is no more OPEN. */
  readonly error?: WeirError | undefined;
  /** Milliseconds until the next attempt. */
  readonly retryIn?: number | undefined;
}

export interface FeedListener {
  event(event: StreamEvent): void;
  status(status: FeedStatus): void;
}

export interface Feed {
  /** Everything up to here has been handed out; "" if that is nowhere. */
  readonly cursor: string;
  readonly clientId: string | undefined;
  /** Goes on after `cursor`, or after another place. */
  start(after?: string): void;
  /** Ends the wait before the next poll or attempt. */
  hurry(): void;
  /** Nothing is handed out from here on. */
  stop(): void;
}
