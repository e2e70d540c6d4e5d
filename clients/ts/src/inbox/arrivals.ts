// What came, and how: what comes live is worth showing at once, what a reconnect brings is worth one word, and what polls bring is none.

import type { StreamEvent, TransportName } from '../types.js';
import type { InboxNotification } from './types.js';

export interface Arrival {
  /** `live`: as it happens; `missed`: while this page was not connected, all of it together; `alert`: asked to be shown, kept or not. */
  readonly kind: 'live' | 'missed' | 'alert';
  /** One, or for `missed` one or more, the oldest first. */
  readonly notifications: readonly InboxNotification[];
}

/** Nobody has dealt with it yet. */
const isNews = ({ readAt, archivedAt, snoozedUntil }: InboxNotification): boolean => readAt === null && archivedAt === null && snoozedUntil === null;

/** Tells arrivals from repetitions. Fed with every event of the stream, in its order. */
export class Arrivals {
  readonly #tell: (arrival: Arrival) => void;
  /** The greatest `order` that is known: what is above it is new. */
  #newest: number | undefined;
  /** Events that are still to come of what was missed. */
  #replayed = 0;
  #missed = new Map<string, InboxNotification>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (arrival: Arrival) => void) {
    this.#tell = tell;
  }

  /** A state was loaded: nothing in it is news. */
  loaded(rev: number): void {
    this.#newest = Math.max(this.#newest ?? 0, rev);
  }

  /** The server says how many events it has to bring again. */
  connected(replayed = 0): void {
    this.#replayed = replayed;
  }

  take(data: unknown, { type, id, meta }: StreamEvent, transport: TransportName | undefined): void {
    if (id !== undefined && this.#replayed > 0) {
      --this.#replayed;
      this.#sort(data, type, transport, true);
    } else {
      // A tab that listens to another one asks for what it has missed by a poll.
      this.#sort(data, type, transport, transport === 'sse' && meta !== undefined && id !== undefined);
    }
    if (this.#replayed === 0 && this.#missed.size > 0) this.#tellSoon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#missed.clear();
  }

  #sort(data: unknown, type: string, transport: TransportName | undefined, missed: boolean): void {
    if (typeof data !== 'object' || data === null) return;
    const quiet = transport === 'poll' || transport === 'longpoll';
    if (type === 'snapshot') {
      const { notifications, rev } = data as { notifications: readonly InboxNotification[]; rev: number };
      const news = this.#newest === undefined ? [] : notifications.filter((one) => isNews(one) && this.#isNew(one.order));
      this.loaded(rev);
      if (!quiet) for (const one of [...news].reverse()) this.#miss(one);
      return;
    }
    const { notification, id, readUpToRev = 0 } = data as { notification?: InboxNotification; id?: string; readUpToRev?: number };
    if (notification === undefined) {
      if (type === 'notification.removed' && id !== undefined) this.#missed.delete(id);
      for (const { id: one, order } of [...this.#missed.values()]) if (order <= readUpToRev) this.#missed.delete(one);
      return;
    }
    if (type === 'alert') {
      if (!quiet) this.#tell({ kind: 'alert', notifications: [notification] });
    } else if (type !== 'notification') {
      // Somebody has dealt with it elsewhere, meanwhile.
      if (!isNews(notification)) this.#missed.delete(notification.id);
    } else if (this.#isNew(notification.order)) {
      this.#newest = notification.order;
      if (quiet) return;
      if (missed) this.#miss(notification);
      else this.#tell({ kind: 'live', notifications: [notification] });
    }
  }

  #isNew(order: number): boolean {
    return this.#newest === undefined || order > this.#newest;
  }

  #miss(one: InboxNotification): void {
    this.#missed.delete(one.id);
    this.#missed.set(one.id, one);
  }

  /** All that comes in one go together. */
  #tellSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const notifications = [...this.#missed.values()];
      this.#missed.clear();
      if (notifications.length > 0) this.#tell({ kind: 'missed', notifications });
    }, 100);
  }
}
