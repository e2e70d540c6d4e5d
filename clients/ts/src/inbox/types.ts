// What the server tells of notifications (docs/notifications.md). Times are milliseconds since 1970.

export type Severity = 'info' | 'success' | 'warning' | 'critical';

export interface NotificationAction {
  readonly label: string;
  readonly url: string;
}

export interface InboxNotification {
  readonly id: string;
  readonly userId: string;
  /** The inbox's when this changed last. */
  readonly rev: number;
  /** The inbox's when this came up last: its place in lists, newest first. */
  readonly order: number;
  readonly type: string;
  /** Streams cut long texts; lists and get() have all of it. */
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  readonly actionUrl: string | null;
  readonly actions: readonly NotificationAction[];
  readonly groupKey: string | null;
  readonly dedupeKey: string | null;
  /** How many of one group have become this one. */
  readonly count: number;
  readonly createdAt: number;
  readonly seenAt: number | null;
  readonly readAt: number | null;
  readonly archivedAt: number | null;
  readonly snoozedUntil: number | null;
  readonly expiresAt: number | null;
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** The lists that there are. */
export type InboxTab = 'inbox' | 'unread' | 'archived' | 'snoozed';

/** What each answer and each event says: absolute numbers, true at `rev`. */
export interface InboxNumbers {
  readonly unread: number;
  readonly unseen: number;
  readonly rev: number;
}

export interface InboxCounts {
  readonly inbox: number;
  readonly unread: number;
  readonly archived: number;
  readonly snoozed: number;
}

/** An answer with a list, and the snapshot that a stream begins with. */
export interface InboxList extends InboxNumbers {
  readonly userId: string;
  readonly notifications: readonly InboxNotification[];
  /** Where the next page begins; null at the end. Snapshots have none. */
  readonly nextBefore?: number | null;
  /** As of this answer; events do not carry them on. */
  readonly counts: InboxCounts;
  readonly cursor: string;
}

/** The answer to a command. */
export interface InboxAnswer extends InboxNumbers {
  readonly notification?: InboxNotification;
  readonly counts: InboxCounts;
  readonly cursor: string;
}

/** Channels that are switched on or off. */
export type ChannelSwitches = Readonly<Partial<Record<'inbox' | 'webhook' | 'ntfy' | 'email' | 'push', boolean>>>;

export interface InboxPreferences {
  /** By type; `*` is all that are not named. What is not said is on. */
  readonly types: Readonly<Record<string, ChannelSwitches>>;
  /** `from` and `to` are times of the day, such as 22:30. */
  readonly quietHours: { readonly from: string; readonly to: string; readonly timeZone: string } | null;
}

export interface Delivery {
  readonly channel: string;
  /** Cancelled: it was read, switched off or has expired before a channel took it. */
  readonly state: 'pending' | 'delivered' | 'failed' | 'cancelled';
  readonly attempts: number;
  /** When the next attempt is made; null when there is none to come. */
  readonly nextAt: number | null;
  readonly createdAt: number;
  readonly record: readonly { readonly at: number; readonly millis: number; readonly outcome: 'delivered' | 'failed' | 'cancelled'; readonly reason: string | null }[];
}
