// The task feed as the server tells it (docs/task-feed.md). Times are milliseconds since 1970.

export type TaskStatus = 'pending' | 'processing' | 'stalled' | 'completed' | 'failed' | 'cancelled';

/** What is told of the product; the application's own values. */
export type TaskProduct = { readonly [member in 'id' | 'name' | 'status' | 'generatedName' | 'subcategoryId']: string | number | boolean | null };

/** A task as far as the feed tells it. What else there is of it is at `/api/task-feed/{id}`. */
export interface Task {
  readonly id: string;
  readonly productName: string;
  readonly status: TaskStatus;
  /** 0 to 100. */
  readonly progress: number;
  readonly currentStage: string | null;
  readonly errorMessage: string | null;
  readonly productId: string | null;
  readonly product: TaskProduct | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** 1 at first; each retry is another. */
  readonly attempt: number;
  /** The owner's revision that changed it last. */
  readonly rev: number;
}

/** How many tasks the owner has, in the window or not. `active`: pending, processing and stalled ones. */
export type TaskTotals = { readonly [status in TaskStatus | 'active']: number };

/** What the feed needs to keep its order; it is told whatever `fields` were asked for. */
export type TaskKey = 'id' | 'status' | 'progress' | 'currentStage' | 'attempt' | 'createdAt' | 'updatedAt' | 'rev';

/** An owner's window: the newest active tasks, newest first, and those that ended last, the last first. */
export interface TaskFeedState<Field extends keyof Task = keyof Task> {
  readonly ownerId: string;
  readonly rev: number;
  readonly cursor: string;
  readonly activeTasks: readonly Pick<Task, Field | TaskKey>[];
  readonly completedTasks: readonly Pick<Task, Field | TaskKey>[];
  readonly totals: TaskTotals;
}

export const isActive = (status: TaskStatus): boolean => status === 'pending' || status === 'processing' || status === 'stalled';
