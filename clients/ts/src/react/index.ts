export { NotificationBell, type NotificationBellProps } from './notification_bell.js';
export { type UseInbox, useInbox } from './use_inbox.js';
export { usePresence } from './use_presence.js';
export { type UseSSE, type UseSSEOptions, useSSE } from './use_sse.js';
export { useTaskFeed } from './use_task_feed.js';
export { type UseView, useView } from './use_view.js';
