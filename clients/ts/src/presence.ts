// Who is on a topic, kept as the server tells it (docs/presence.md).

import { Backoff } from './backoff.js';
import { SSEClient } from './client.js';
import { sleep } from './deadline.js';
import { type WeirError, asError } from './error.js';
import { Listeners } from './listeners.js';
import { whenVisible } from './page.js';
import { Requester, absolute, topicPath } from './request.js';
import type { SSEClientOptions } from './types.js';

export interface PresenceMember {
  /** Of the connection: a user with two has two members. */
  readonly id: string;
  /** Whom the connection's token is for. */
  readonly user: string | null;
  readonly since: string;
  readonly transport: string;
}

export interface PresenceSnapshot {
  /** In the order of the ids; the first thousand. */
  readonly members: readonly PresenceMember[];
  readonly total: number;
  readonly error: WeirError | undefined;
}

export interface PresenceOptions extends Omit<SSEClientOptions, 'poll'> {
  /** A client that follows the topic by its name already, instead of a connection for this alone. The caller connects it. */
  client?: SSEClient | undefined;
}

export interface Presence {
  /** The same object until something has changed. */
  readonly snapshot: PresenceSnapshot;
  readonly client: SSEClient;
  subscribe(listener: () => void): () => void;
  connect(): Presence;
  disconnect(): void;
}

const membersMax = 1_000;
/** Milliseconds between lists that nothing made necessary: who reads slowly misses changes without being told. */
const listEvery = 60_000;

/** Keeps the list of who is on a topic. Nothing is asked for before connect(). */
export function createPresence(topic: string, options: PresenceOptions = {}): Presence {
  return new LivePresence(topic, options);
}

class LivePresence implements Presence {
  readonly client: SSEClient;
  snapshot: PresenceSnapshot = { members: [], total: 0, error: undefined };
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.add;
  readonly #list: string;
  readonly #own: boolean;
  readonly #requester: Requester;
  readonly #pollInterval: number;
  #running: AbortController | undefined;
  /** Ends the wait for the next list. */
  #hurry = new AbortController();
  /** What came while a list was on its way, and may or may not be in it. */
  #meanwhile: (() => void)[] | undefined;

  constructor(topic: string, { client, ...options }: PresenceOptions) {
    const { server = '', pollInterval = 5_000 } = options;
    this.#list = `${server}/v1/presence?topic=${encodeURIComponent(topic)}&limit=${membersMax}`;
    this.#own = client === undefined;
    this.#requester = new Requester(options);
    this.#pollInterval = pollInterval;
    const filter = encodeURIComponent("event in ['presence.joined','presence.left','presence.changed']");
    this.client = client ?? new SSEClient(`${server}${topicPath(topic)}?filter=${filter}`, options);
    this.client
      .on<PresenceMember & { topic: string }>('presence.joined', ({ topic: of, ...member }) => of === topic && this.#change(() => this.#put(member)))
      .on<PresenceMember & { topic: string }>('presence.left', ({ topic: of, id }) => of === topic && this.#change(() => this.#remove(id)))
      .on('presence.changed', () => this.#hurry.abort())
      .on('open', () => this.#hurry.abort());
  }

  connect(): this {
    if (this.#running) return this;
    this.#running = new AbortController();
    if (this.#own) this.client.connect();
    void this.#keepListing(this.#running.signal);
    return this;
  }

  disconnect(): void {
    this.#running?.abort();
    this.#running = undefined;
    if (this.#own) this.client.disconnect();
  }

  async #keepListing(stop: AbortSignal): Promise<void> {
    const backoff = new Backoff(1_000, 30_000);
    while (!stop.aborted) {
      await whenVisible(stop);
      this.#hurry = new AbortController();
      // Polls bring no changes: they are not stored.
      let wait = this.client.transport?.endsWith('poll') ? this.#pollInterval : listEvery;
      this.#meanwhile = [];
      try {
        const { members, total } = (await this.#requester.json(absolute(this.#list), stop)) as PresenceSnapshot;
        if (stop.aborted) return;
        backoff.succeeded();
        this.#show({ members, total, error: undefined });
        for (const change of this.#meanwhile) change();
      } catch (thrown) {
        if (stop.aborted) return;
        const error = asError(thrown);
        this.#show({ error });
        if (!error.retryable) return;
        wait = backoff.afterFailure(error.retryAfter);
      } finally {
        this.#meanwhile = undefined;
      }
      const { signal } = this.#hurry;
      const end = () => this.#hurry.abort();
      stop.addEventListener('abort', end);
      await sleep(wait, signal);
      stop.removeEventListener('abort', end);
    }
  }

  #change(change: () => void): void {
    this.#meanwhile?.push(change);
    change();
  }

  #put(member: PresenceMember): void {
    const { members, total } = this.snapshot;
    if (members.some(({ id }) => id === member.id)) return;
    const next = [...members, member].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, membersMax);
    this.#show({ members: next, total: total + 1 });
  }

  #remove(gone: string): void {
    const { members, total } = this.snapshot;
    const next = members.filter(({ id }) => id !== gone);
    if (next.length < members.length || total > members.length) this.#show({ members: next, total: total - 1 });
  }

  #show(change: Partial<PresenceSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    this.#listeners.tell();
  }
}
