// @ts-check
// What a server keeps of one user's notifications, as small as it gets: rows, numbers, and the events of each change. Brief, as streams are.

/** @typedef {import('../../dist/inbox/index.js').InboxNotification} InboxNotification */
/** @typedef {import('../../dist/inbox/index.js').InboxTab} InboxTab */
/** @typedef {{type: string, change: any}} Told */

/** @type {Record<InboxTab, (one: InboxNotification) => boolean>} */
const isIn = {
  inbox: (one) => one.archivedAt === null && one.snoozedUntil === null,
  unread: (one) => isIn.inbox(one) && one.readAt === null,
  archived: (one) => one.archivedAt !== null,
  snoozed: (one) => one.snoozedUntil !== null,
};

export class InboxModel {
  rev = 0;
  now = 1000;
  /** @type {Map<string, InboxNotification>} */
  rows = new Map();

  get numbers() {
    const inbox = [...this.rows.values()].filter(isIn.inbox);
    const unread = inbox.filter(({ readAt }) => readAt === null).length;
    return { unread, unseen: inbox.filter(({ seenAt }) => seenAt === null).length, rev: this.rev, count: unread };
  }

  /** @param {InboxTab} tab */
  all(tab) {
    return [...this.rows.values()].filter(isIn[tab]).sort((a, b) => b.order - a.order);
  }

  /** A page, as GET answers it. @param {InboxTab} tab @param {number} limit @param {number} [before] */
  page(tab, limit, before = Infinity) {
    const rest = this.all(tab).filter(({ order }) => order < before);
    const notifications = rest.slice(0, limit).map((one) => ({ ...one, data: { of: one.id } }));
    const counts = { inbox: this.all('inbox').length, unread: this.all('unread').length, archived: this.all('archived').length, snoozed: this.all('snoozed').length };
    return { userId: 'u', ...this.numbers, counts, cursor: `e-${this.rev}`, notifications, nextBefore: rest.length > limit ? (notifications.at(-1)?.order ?? 0) : null };
  }

  /** What a stream begins with. @param {number} limit */
  snapshot(limit) {
    const { nextBefore, ...rest } = this.page('inbox', limit);
    return { ...rest, notifications: rest.notifications.map((one) => this.#brief(one)) };
  }

  /** @param {Partial<InboxNotification>} [members] of a notification that takes the place of the one with its id @returns {Told[]} */
  tell(members = {}) {
    const id = members.id ?? `ntf_${this.rows.size}_${this.rev}`;
    const before = this.rows.get(id);
    this.rows.set(id, /** @type {InboxNotification} */ ({
      userId: 'u', type: 'message', title: `Title at ${this.rev + 1}`, body: '', severity: 'info', actionUrl: null, actions: [], groupKey: null, dedupeKey: null,
      count: (before?.count ?? 0) + 1, createdAt: this.now, expiresAt: null, ...members, id, seenAt: null, readAt: null, archivedAt: null, snoozedUntil: null, order: this.rev + 1, rev: 0,
    }));
    return this.#changed(id, 'notification');
  }

  /** @param {string} id @param {Partial<InboxNotification>} members @returns {Told[]} */
  update(id, members) {
    const one = this.rows.get(id);
    if (!one) throw new Error(`there is no ${id}`);
    this.rows.set(id, { ...one, ...members });
    return this.#changed(id, 'notification.updated');
  }

  /** @param {string} id @returns {Told[]} */
  remove(id) {
    this.rows.delete(id);
    ++this.rev;
    return [{ type: 'notification.removed', change: { ...this.numbers, id } }, { type: 'badge', change: this.numbers }];
  }

  /** @param {number} upTo @param {boolean} read @returns {Told[]} */
  markAll(upTo, read) {
    const rev = ++this.rev;
    for (const one of this.all('inbox')) {
      if (one.order > upTo || (one.seenAt !== null && !(read && one.readAt === null))) continue;
      this.rows.set(one.id, { ...one, rev, seenAt: one.seenAt ?? this.now, readAt: read ? (one.readAt ?? this.now) : one.readAt });
    }
    return [{ type: 'badge', change: { ...this.numbers, [read ? 'readUpToRev' : 'seenUpToRev']: upTo, at: this.now } }];
  }

  /** @param {string} id @param {string} type @returns {Told[]} */
  #changed(id, type) {
    const rev = ++this.rev;
    const one = /** @type {InboxNotification} */ (this.rows.get(id));
    this.rows.set(id, { ...one, rev });
    return [{ type, change: { ...this.numbers, notification: this.#brief({ ...one, rev }) } }, { type: 'badge', change: this.numbers }];
  }

  /** @param {InboxNotification} one */
  #brief(one) {
    const { data: _, ...brief } = one;
    return brief;
  }
}
