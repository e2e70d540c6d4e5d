// A user's notifications, kept as they are on the server.

import { type WeirError, asError, errorOf } from '../error.js';
import { Listeners } from '../listeners.js';
import { Requester } from '../request.js';
import type { SSEClient } from '../client.js';
import type { SSEClientOptions } from '../types.js';
import { type View, type ViewStatus, createView } from '../view/view.js';
import { type Arrival, Arrivals } from './arrivals.js';
import { type Pending, foreseen } from './pending.js';
import { type InboxState, applyChange, floorOf, withPage } from './state.js';
import type { Delivery, InboxAnswer, InboxList, InboxNotification, InboxPreferences, InboxTab } from './types.js';

export interface InboxOptions extends Omit<SSEClientOptions, 'lastEventId' | 'poll' | 'share'> {
  /** Whose inbox. Default: the token's or session's own. Only admins may name somebody else, and anybody on an open server of this machine. */
  user?: string | undefined;
  /** The tabs of a browser that show the same user's inbox have one connection. false: each has its own. */
  share?: boolean | undefined;
}

export interface InboxSnapshot {
  /** undefined until it has been loaded. What was done here is in it at once; the numbers are always the server's. */
  readonly state: InboxState | undefined;
  readonly status: ViewStatus;
  readonly error: WeirError | undefined;
}

/** Until when a notification is put aside: seconds from now, or a time in milliseconds since 1970. */
export type Snooze = { readonly for: number } | { readonly until: number };

/** Commands resolve when the server has done them. One that it refuses is undone here, and rejects with a WeirError. */
export interface Inbox {
  /** The same object until something has changed. */
  readonly snapshot: InboxSnapshot;
  subscribe(listener: () => void): () => void;
  connect(): Inbox;
  disconnect(): void;
  /** Calls the listener with what comes; returns what ends that. */
  onArrival(listener: (arrival: Arrival) => void): () => void;

  /** Loads the next page of a list, the first if it is not known yet. */
  load(tab: InboxTab): Promise<void>;
  /** One of them with its whole texts and `data`. */
  get(id: string): Promise<InboxNotification>;
  /** Attempts to deliver it by other channels. */
  deliveries(id: string): Promise<readonly Delivery[]>;

  read(id: string): Promise<void>;
  unread(id: string): Promise<void>;
  seen(id: string): Promise<void>;
  archive(id: string): Promise<void>;
  unarchive(id: string): Promise<void>;
  snooze(id: string, until: Snooze): Promise<void>;
  unsnooze(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those that are known here; what comes meanwhile stays unread. */
  readAll(): Promise<void>;
  seenAll(): Promise<void>;

  preferences(): Promise<InboxPreferences>;
  savePreferences(preferences: InboxPreferences): Promise<void>;

  /** The stream of its changes, to listen to single events. It belongs to the inbox: do not connect it. */
  readonly client: SSEClient;
}

/** The inbox of a user. Nothing is loaded before connect(). */
export function createInbox(options: InboxOptions = {}): Inbox {
  return new LiveInbox(options);
}

const path = '/api/notifications';
const pageSize = 20;
/** Milliseconds between polls where streams do not get through. */
const pollInterval = 30_000;
/** Pages that did not fit any more when they came. */
const attemptsMax = 4;

class LiveInbox implements Inbox {
  snapshot: InboxSnapshot = { state: undefined, status: 'loading', error: undefined };

  readonly #server: string;
  readonly #user: string | undefined;
  readonly #requester: Requester;
  readonly #view: View<InboxState>;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.add;
  readonly #arrivalListeners = new Set<(arrival: Arrival) => void>();
  readonly #arrivals = new Arrivals((arrival) => {
    for (const listener of [...this.#arrivalListeners]) listener(arrival);
  });
  readonly #loading = new Map<InboxTab, Promise<void>>();
  #pending: readonly Pending[] = [];

  constructor({ user, share = true, ...options }: InboxOptions) {
    this.#server = (options.server ?? '').replace(/\/$/, '');
    this.#user = user;
    this.#requester = new Requester(options);
    this.#view = createView<InboxState>(this.#address('', { limit: pageSize }), {
      pollInterval,
      ...options,
      apply: applyChange,
      // Whose it is says the server: the tabs of another user must not hear of it.
      share: share && (({ userId }) => `notifications ${userId}`),
      stream: this.#address('/stream'),
      changes: this.#address('/changes'),
    });
    this.#view.subscribe(() => this.#show());
    const { client } = this.#view;
    client.on('system', () => this.#arrivals.connected());
    client.on<{ events?: number }>('recovery', ({ events }) => this.#arrivals.connected(events));
    client.on('*', (data, event) => this.#arrivals.take(data, event, client.transport));
  }

  get client(): SSEClient {
    return this.#view.client;
  }

  connect(): this {
    this.#view.connect();
    return this;
  }

  disconnect(): void {
    this.#view.disconnect();
    this.#arrivals.stop();
  }

  onArrival(listener: (arrival: Arrival) => void): () => void {
    this.#arrivalListeners.add(listener);
    return () => this.#arrivalListeners.delete(listener);
  }

  load(tab: InboxTab): Promise<void> {
    let loading = this.#loading.get(tab);
    if (!loading) {
      loading = this.#load(tab).finally(() => this.#loading.delete(tab));
      this.#loading.set(tab, loading);
    }
    return loading;
  }

  async get(id: string): Promise<InboxNotification> {
    const { notification } = (await this.#requester.json(this.#address(`/${id}`))) as { notification: InboxNotification };
    return notification;
  }

  async deliveries(id: string): Promise<readonly Delivery[]> {
    const { deliveries } = (await this.#requester.json(this.#address(`/${id}/deliveries`))) as { deliveries: readonly Delivery[] };
    return deliveries;
  }

  read(id: string): Promise<void> {
    return this.#post(id, 'read', (one, now) => ({ ...one, readAt: one.readAt ?? now, seenAt: one.seenAt ?? now }));
  }

  unread(id: string): Promise<void> {
    return this.#post(id, 'unread', (one) => ({ ...one, readAt: null }));
  }

  seen(id: string): Promise<void> {
    return this.#post(id, 'seen', (one, now) => ({ ...one, seenAt: one.seenAt ?? now }));
  }

  archive(id: string): Promise<void> {
    return this.#post(id, 'archive', (one, now) => ({ ...one, archivedAt: now, snoozedUntil: null }));
  }

  unarchive(id: string): Promise<void> {
    return this.#post(id, 'unarchive', (one) => ({ ...one, archivedAt: null }));
  }

  snooze(id: string, until: Snooze): Promise<void> {
    return this.#post(id, 'snooze', (one, now) => ({ ...one, archivedAt: null, snoozedUntil: 'until' in until ? until.until : now + until.for * 1000 }), until);
  }

  unsnooze(id: string): Promise<void> {
    return this.#post(id, 'unsnooze', (one) => ({ ...one, snoozedUntil: null }));
  }

  remove(id: string): Promise<void> {
    return this.#command('DELETE', `/${id}`, { of: (one) => one.id === id, as: () => undefined });
  }

  readAll(): Promise<void> {
    return this.#markAll('read-all', (one, now) => ({ ...one, readAt: one.readAt ?? now, seenAt: one.seenAt ?? now }));
  }

  seenAll(): Promise<void> {
    return this.#markAll('seen-all', (one, now) => ({ ...one, seenAt: one.seenAt ?? now }));
  }

  async preferences(): Promise<InboxPreferences> {
    return (await this.#requester.json(this.#address('/preferences'))) as InboxPreferences;
  }

  async savePreferences(preferences: InboxPreferences): Promise<void> {
    await this.#send('PUT', '/preferences', preferences);
  }

  #address(below: string, query: Record<string, string | number> = {}): string {
    const parameters = Object.entries({ ...query, ...(this.#user === undefined ? {} : { user: this.#user }) });
    const text = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    return `${this.#server}${path}${below}${text === '' ? '' : `?${text}`}`;
  }

  async #load(tab: InboxTab): Promise<void> {
    for (let attempt = 0; attempt < attemptsMax; ++attempt) {
      const before = this.#view.snapshot.state && floorOf(this.#view.snapshot.state, tab);
      if (!this.#view.snapshot.state || before === 0) return;
      const page = (await this.#requester.json(this.#address('', { tab, limit: pageSize, ...(before === undefined ? {} : { before }) }))) as InboxList;
      let fits = false;
      this.#view.alter((state) => {
        const next = withPage(state, tab, before, page);
        fits = next !== undefined;
        return next ?? state;
      });
      if (fits) return;
    }
  }

  #post(id: string, verb: string, as: (one: InboxNotification, now: number) => InboxNotification, body?: object): Promise<void> {
    const now = this.client.serverTime();
    return this.#command('POST', `/${id}/${verb}`, { of: (one) => one.id === id, as: (one) => as(one, now) }, body);
  }

  #markAll(verb: string, as: (one: InboxNotification, now: number) => InboxNotification): Promise<void> {
    const now = this.client.serverTime();
    const upToRev = this.snapshot.state?.rev ?? 0;
    const of = ({ order, archivedAt, snoozedUntil }: InboxNotification) => order <= upToRev && archivedAt === null && snoozedUntil === null;
    return this.#command('POST', `/${verb}`, { of, as: (one) => as(one, now) }, { upToRev });
  }

  /** Shows it as done, does it, and undoes it if it is refused. */
  async #command(method: string, below: string, pending: Pending, body?: object): Promise<void> {
    this.#pending = [...this.#pending, pending];
    this.#show();
    try {
      const answer = (await (await this.#send(method, below, body)).json()) as InboxAnswer;
      pending.rev = answer.rev;
      // What the stream brings by itself.
      if (this.#view.snapshot.status === 'polling') this.client.hurry();
    } catch (thrown) {
      this.#pending = this.#pending.filter((each) => each !== pending);
      throw asError(thrown);
    } finally {
      this.#show();
    }
  }

  async #send(method: string, below: string, body?: object): Promise<Response> {
    const response = await this.#requester.send(this.#address(below), {
      method,
      // A click on a link reads what it leads from, and leaves the page.
      keepalive: true,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  #show(): void {
    const { state, status, error } = this.#view.snapshot;
    if (state) {
      this.#arrivals.loaded(state.rev);
      this.#pending = this.#pending.filter(({ rev }) => rev === undefined || rev > state.rev);
    }
    this.snapshot = { state: state && foreseen(state, this.#pending), status, error };
    this.#listeners.tell();
  }
}
