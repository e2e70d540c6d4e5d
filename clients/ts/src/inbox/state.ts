// The state of an inbox and the rules by which it changes, without I/O. Numbers are never counted here: each change says them.

import type { Change } from '../view/model.js';
import type { InboxList, InboxNotification, InboxTab } from './types.js';

/** A list of the server's, and what is known besides. */
export interface InboxState extends InboxList {
  /** Everything that is known, in any place, newest first. */
  readonly notifications: readonly InboxNotification[];
  /** How far down each list is known: all from this `order` on; 0 is all of it. */
  readonly floors?: Readonly<Partial<Record<InboxTab, number>>>;
  /** The newest changes, by which a page that was read before them is brought up to date. */
  readonly recent?: readonly Recent[];
}

interface Recent {
  readonly change: Change;
  readonly type: string;
}

const recentMax = 256;

const isIn: Readonly<Record<InboxTab, (one: InboxNotification) => boolean>> = {
  inbox: ({ archivedAt, snoozedUntil }) => archivedAt === null && snoozedUntil === null,
  unread: (one) => isIn.inbox(one) && one.readAt === null,
  archived: ({ archivedAt }) => archivedAt !== null,
  snoozed: ({ snoozedUntil }) => snoozedUntil !== null,
};

/** From which `order` on a list is known; 0: all of it; undefined: nothing. */
export function floorOf(state: InboxState, tab: InboxTab): number | undefined {
  const { floors = {}, notifications, nextBefore, counts } = state;
  // A snapshot, which does not say where its list goes on.
  const first = nextBefore === undefined && counts.inbox > notifications.length ? (notifications.at(-1)?.order ?? 0) : (nextBefore ?? 0);
  const inbox = floors.inbox ?? first;
  if (tab === 'inbox') return inbox;
  // What is known of the inbox is known of what is unread in it.
  return tab === 'unread' ? Math.min(inbox, floors.unread ?? inbox) : floors[tab];
}

/** A list as far as it is known, newest first. */
export function listOf(state: InboxState, tab: InboxTab): readonly InboxNotification[] {
  const floor = floorOf(state, tab);
  return floor === undefined ? [] : state.notifications.filter((one) => one.order >= floor && isIn[tab](one));
}

/** Adds what is newer than what is known. Texts that a stream has cut are kept as they were: they change only with `order`. */
function withNotifications(known: readonly InboxNotification[], more: readonly InboxNotification[]): readonly InboxNotification[] {
  const all = new Map(known.map((one) => [one.id, one]));
  for (const one of more) {
    const before = all.get(one.id);
    if (before === undefined) {
      all.set(one.id, one);
      continue;
    }
    const newer = one.rev >= before.rev ? one : before;
    const whole = before.order !== one.order ? newer : before.data !== undefined ? before : one;
    const { title, body, data } = whole;
    all.set(one.id, { ...newer, title, body, ...(data === undefined ? {} : { data }) });
  }
  return [...all.values()].sort((a, b) => b.order - a.order);
}

/** All in the inbox that had come up by then are seen, or read, which is more. */
function marked(known: readonly InboxNotification[], upTo: number, at: number, read: boolean): readonly InboxNotification[] {
  return known.map((one) => {
    if (one.order > upTo || !isIn.inbox(one) || (one.seenAt !== null && !(read && one.readAt === null))) return one;
    return { ...one, seenAt: one.seenAt ?? at, readAt: read ? (one.readAt ?? at) : one.readAt };
  });
}

/** The notifications after a change. */
function changed(known: readonly InboxNotification[], change: Change, type: string): readonly InboxNotification[] {
  switch (type) {
    case 'notification':
    case 'notification.updated':
      return withNotifications(known, [change['notification'] as InboxNotification]);
    case 'notification.removed':
      return known.filter(({ id }) => id !== change['id']);
    case 'badge': {
      const read = change['readUpToRev'];
      const upTo = read ?? change['seenUpToRev'];
      return typeof upTo === 'number' ? marked(known, upTo, change['at'] as number, read !== undefined) : known;
    }
    default:
      return known;
  }
}

/** The state after an event of the inbox's stream. Applying one twice does no harm. */
export function applyChange(state: InboxState, change: Change, type: string): InboxState {
  // Only to be shown, and told by whoever shows it.
  if (type === 'alert') return state;
  const { unread, unseen, rev } = change as unknown as InboxList;
  return {
    ...state,
    unread,
    unseen,
    rev,
    floors: { ...state.floors, inbox: floorOf(state, 'inbox') ?? 0 },
    notifications: changed(state.notifications, change, type),
    recent: [...(state.recent ?? []).slice(1 - recentMax), { change, type }],
  };
}

/**
 * The state with a page of a list more. undefined: the page does not fit any more, because the list began anew or too much happened since it
 * was read, and is to be asked for again. `before`: from where it was asked for; undefined was from the newest.
 */
export function withPage(state: InboxState, tab: InboxTab, before: number | undefined, page: InboxList): InboxState | undefined {
  if (floorOf(state, tab) !== before) return undefined;
  const since = (state.recent ?? []).filter(({ change }) => (change.rev ?? 0) > page.rev);
  const revs = new Set(since.map(({ change }) => change.rev));
  if (revs.size < state.rev - page.rev) return undefined;
  const notifications = since.reduce((known, { change, type }) => changed(known, change, type), withNotifications(state.notifications, page.notifications));
  return { ...state, notifications, floors: { ...state.floors, inbox: floorOf(state, 'inbox') ?? 0, [tab]: page.nextBefore ?? 0 } };
}
