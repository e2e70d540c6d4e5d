// The owner's feed for the page, and how fast its tasks were seen to move.

import { useEffect, useRef, useState } from 'react';
import { useTaskFeed, type UseView } from 'weir-client/react';
import type { TaskFeedState } from 'weir-client/tasks';

import { useWhileSeen, whileLookedAt } from '../live/use_live_view.ts';
import { notice, type Paces } from './pace.ts';

export function useFeed(user: string | null): UseView<TaskFeedState> {
  return useWhileSeen(useTaskFeed(user === null ? null : { user, ...whileLookedAt }));
}

/** What was seen of the tasks under way since the page has been open. */
export function usePaces({ view, state }: UseView<TaskFeedState>): Paces {
  const [paces, setPaces] = useState<Paces>(new Map());
  const tasks = state?.activeTasks;
  const owner = useRef(state?.ownerId);
  useEffect(() => {
    if (!view || !tasks) return;
    const now = view.client.serverTime();
    const same = owner.current === state?.ownerId;
    owner.current = state?.ownerId;
    setPaces((before) => notice(same ? before : new Map(), tasks, now));
  }, [view, tasks, state?.ownerId]);
  return paces;
}
