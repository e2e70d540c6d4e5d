// The hook of an inbox of notifications.

import { useMemo } from 'react';

import { type Inbox, type InboxOptions, type InboxSnapshot, createInbox } from '../inbox/inbox.js';
import { useHeld, useStore } from './held.js';

export interface UseInbox extends InboxSnapshot {
  /** What is done to it. undefined while the options are null. */
  readonly inbox: Inbox | undefined;
}

const loading: InboxSnapshot = { state: undefined, status: 'loading', error: undefined };

/** Keeps a user's inbox while the component is mounted. The options are those of the first rendering with this server and user. null: nothing. */
export function useInbox(options: InboxOptions | null = {}): UseInbox {
  const key = options && JSON.stringify([options.server ?? '', options.user ?? '']);
  const inbox = useHeld(key, options ?? {}, (_, latest) => createInbox(latest));
  const snapshot = useStore(inbox, loading);
  return useMemo(() => ({ ...snapshot, inbox }), [snapshot, inbox]);
}
