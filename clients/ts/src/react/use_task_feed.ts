// The hook of a task feed.

import { useMemo } from 'react';

import { type TaskFeedOptions, taskFeedAt, taskFeedUrl } from '../tasks/feed.js';
import type { Task, TaskFeedState } from '../tasks/types.js';
import type { ViewSnapshot } from '../view/view.js';
import { useHeld, useStore } from './held.js';
import { type UseView, loading } from './use_view.js';

/** Keeps the feed while the component is mounted. The options are those of the first rendering with this server, user and fields. null: nothing. */
export function useTaskFeed<Field extends keyof Task = keyof Task>(options: TaskFeedOptions<Field> | null = {}): UseView<TaskFeedState<Field>> {
  const view = useHeld(options && taskFeedUrl(options), options ?? {}, taskFeedAt<Field>);
  const snapshot = useStore<ViewSnapshot<TaskFeedState<Field>>>(view, loading);
  return useMemo(() => ({ ...snapshot, view }), [snapshot, view]);
}
