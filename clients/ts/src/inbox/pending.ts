// What was done here and the server has not confirmed yet, shown as if it had. Only what a notification looks like: numbers wait for the server.

import type { InboxState } from './state.js';
import type { InboxNotification } from './types.js';

export interface Pending {
  /** Of which notifications. */
  readonly of: (one: InboxNotification) => boolean;
  /** What becomes of each; undefined: it is gone. */
  readonly as: (one: InboxNotification) => InboxNotification | undefined;
  /** The inbox's rev at which it is done, once that is known. */
  rev?: number;
}

/** The state as it will be. */
export function foreseen(state: InboxState, pending: readonly Pending[]): InboxState {
  if (pending.length === 0) return state;
  const notifications = state.notifications.flatMap((one) => {
    let now: InboxNotification | undefined = one;
    for (const each of pending) if (now && each.of(now)) now = each.as(now);
    return now ?? [];
  });
  return { ...state, notifications };
}
