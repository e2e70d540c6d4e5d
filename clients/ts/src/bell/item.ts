// One notification in a list.

import type { Inbox } from '../inbox/inbox.js';
import type { InboxNotification } from '../inbox/types.js';
import { iconButton, icon, make, safeUrl } from './dom.js';
import { icons, severityIcons } from './icons.js';
import { snoozeMenu } from './snooze_menu.js';
import { type BellTexts, relativeTime } from './texts.js';

/** What an item is made with, and whom it tells. */
export interface ItemContext {
  readonly texts: BellTexts;
  readonly language: string;
  /** The server's time. */
  now(): number;
  /** Does something to it; what is refused is said. */
  act(command: (inbox: Inbox) => Promise<void>): void;
  /** Somebody goes where it leads. */
  follow(event: MouseEvent, url: string, notification: InboxNotification): void;
}

/** A link that says where somebody goes, or the text alone where it leads nowhere. */
export function titleOf(one: InboxNotification, { follow }: Pick<ItemContext, 'follow'>): HTMLElement {
  const url = safeUrl(one.actionUrl);
  if (url === undefined) return make('span', { class: 'item__title' }, one.title);
  return make('a', { class: 'item__title', href: url, 'data-act': 'open', onclick: (event: MouseEvent) => follow(event, url, one) }, one.title);
}

/** When it came; of what is put aside, when it comes back. */
function timeOf({ createdAt, snoozedUntil }: InboxNotification, { texts, language, now }: Pick<ItemContext, 'texts' | 'language' | 'now'>): HTMLElement {
  const time = snoozedUntil ?? createdAt;
  const whole = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
  const attributes = { class: 'item__time', datetime: new Date(time).toISOString(), title: whole };
  if (snoozedUntil !== null) return make('time', attributes, texts.comesBack(whole));
  return make('time', { ...attributes, 'data-time': time }, relativeTime(time, now(), language));
}

function tools(one: InboxNotification, { texts, act }: ItemContext): HTMLElement {
  const { id } = one;
  if (one.snoozedUntil !== null) return make('div', { class: 'item__tools' }, iconButton(icons.wake, texts.unsnooze, { 'data-act': 'unsnooze', onclick: () => act((inbox) => inbox.unsnooze(id)) }));
  const archived = one.archivedAt !== null;
  const read = one.readAt !== null;
  return make(
    'div',
    { class: 'item__tools' },
    !archived && iconButton(read ? icons.dot : icons.check, read ? texts.markUnread : texts.markRead, { 'data-act': 'read', onclick: () => act((inbox) => (read ? inbox.unread(id) : inbox.read(id))) }),
    !archived && snoozeMenu(texts, (until) => act((inbox) => inbox.snooze(id, until))),
    iconButton(archived ? icons.unarchive : icons.archive, archived ? texts.unarchive : texts.archive, { 'data-act': 'archive', onclick: () => act((inbox) => (archived ? inbox.unarchive(id) : inbox.archive(id))) }),
    archived && iconButton(icons.trash, texts.remove, { 'data-act': 'remove', onclick: () => act((inbox) => inbox.remove(id)) }),
  );
}

/** What an application offers to do about it. */
function actions(one: InboxNotification, { follow }: ItemContext): HTMLElement | false {
  const links = one.actions.flatMap(({ label, url }) => {
    const safe = safeUrl(url);
    return safe === undefined ? [] : make('a', { class: 'action', href: safe, onclick: (event: MouseEvent) => follow(event, safe, one) }, label);
  });
  return links.length > 0 && make('div', { class: 'item__actions' }, ...links);
}

export function item(one: InboxNotification, context: ItemContext): HTMLLIElement {
  const { texts } = context;
  const unread = one.readAt === null && one.archivedAt === null;
  return make(
    'li',
    { class: 'item', 'data-id': one.id, 'data-unread': unread, 'data-severity': one.severity },
    make('span', { class: 'item__sign', title: texts.severities[one.severity] }, icon(severityIcons[one.severity]), one.severity !== 'info' && make('span', { class: 'unseen' }, `${texts.severities[one.severity]}: `)),
    make(
      'div',
      { class: 'item__main' },
      make('p', { class: 'item__line' }, titleOf(one, context), one.count > 1 && make('span', { class: 'item__count', title: texts.times(one.count) }, `×${one.count}`), unread && make('span', { class: 'unseen' }, ` (${texts.isUnread})`)),
      one.body !== '' && make('p', { class: 'item__body' }, one.body),
      actions(one, context),
      make('div', { class: 'item__foot' }, timeOf(one, context), tools(one, context)),
    ),
  );
}
