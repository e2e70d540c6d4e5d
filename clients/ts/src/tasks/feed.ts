// An owner's task feed, followed.

import { type View, type ViewOptions, createView } from '../view/view.js';
import { acceptTaskFeed, reduceTaskFeed } from './reduce.js';
import type { Task, TaskFeedState, TaskKey } from './types.js';

export interface TaskFeedOptions<Field extends keyof Task = keyof Task>
  extends Omit<ViewOptions<TaskFeedState<Field>>, 'apply' | 'accept' | 'joint' | 'events' | 'revision' | 'stream' | 'changes'> {
  /** Whose tasks, where the server lets the caller choose. Default: the caller's own. */
  user?: string | undefined;
  /** What to be told of each task, beside what the feed's order needs. Default: everything. */
  fields?: readonly Field[] | undefined;
}

const always: readonly TaskKey[] = ['id', 'status', 'progress', 'currentStage', 'attempt', 'createdAt', 'updatedAt', 'rev'];

/** Milliseconds between looks at the progress where it does not come by itself. */
const lookEvery = 5_000;

/** Where the feed is, with whose it is and what is wanted of it. */
export function taskFeedUrl({ server = '', user, fields }: Pick<TaskFeedOptions, 'server' | 'user' | 'fields'> = {}): string {
  const query = new URLSearchParams();
  if (user !== undefined) query.set('user', user);
  if (fields) query.set('fields', [...new Set([...always, ...fields])].join());
  const text = query.toString().replaceAll('%2C', ',');
  return `${server}/api/task-feed${text && `?${text}`}`;
}

/** The feed of one owner. Nothing is loaded before connect(). */
export function createTaskFeed<Field extends keyof Task = keyof Task>(options: TaskFeedOptions<Field> = {}): View<TaskFeedState<Field>> {
  return taskFeedAt(taskFeedUrl(options), options);
}

/** The same where the address is known already. */
export function taskFeedAt<Field extends keyof Task>(url: string, { user: _, fields: __, ...options }: TaskFeedOptions<Field>): View<TaskFeedState<Field>> {
  const view = createView<TaskFeedState<Field>>(url, { ...options, apply: reduceTaskFeed, accept: acceptTaskFeed, joint: true });
  const moves = () => view.snapshot.state?.activeTasks.some(({ status }) => status === 'processing') ?? false;
  // Progress passes: who was away has missed it for good, and polls do not bring it. The state has it.
  view.client.on('open', () => {
    if (moves()) view.refresh();
  });
  let looking: ReturnType<typeof setTimeout> | undefined;
  view.subscribe(() => {
    if (view.snapshot.status !== 'polling' || !moves()) return;
    looking ??= setTimeout(() => {
      looking = undefined;
      view.refresh();
    }, options.pollInterval ?? lookEvery);
  });
  return view;
}
