export { type TaskFeedOptions, createTaskFeed, taskFeedUrl } from './feed.js';
export { reduceTaskFeed } from './reduce.js';
export { type Task, type TaskFeedState, type TaskProduct, type TaskStatus, type TaskTotals, isActive } from './types.js';
