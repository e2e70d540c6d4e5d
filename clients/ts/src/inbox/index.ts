export type { Arrival } from './arrivals.js';
export { type Inbox, type InboxOptions, type InboxSnapshot, type Snooze, createInbox } from './inbox.js';
export { type InboxState, floorOf, listOf } from './state.js';
export type {
  ChannelSwitches,
  Delivery,
  InboxAnswer,
  InboxCounts,
  InboxList,
  InboxNotification,
  InboxNumbers,
  InboxPreferences,
  InboxTab,
  NotificationAction,
  Severity,
} from './types.js';
