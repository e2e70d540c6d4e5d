// A resource of the server, kept as it is there: its state once, then every change of it.

import { Backoff } from '../backoff.js';
import { SSEClient } from '../client.js';
import { sleep } from '../deadline.js';
import { type WeirError, asError } from '../error.js';
import { Listeners } from '../listeners.js';
import { whenVisible } from '../page.js';
import { Requester } from '../request.js';
import type { SSEClientOptions, StreamEvent } from '../types.js';
import { onNextFrame } from './frame.js';
import { type Accept, type Apply, type Change, Model, type Revisioned } from './model.js';

export interface ViewOptions<State> extends Omit<SSEClientOptions, 'lastEventId' | 'poll' | 'share'> {
  /** As the client's; a function is given the state, which may say whose it is. */
  share?: string | boolean | ((state: State) => string) | undefined;
  /** The state after a change; must not alter the one before. Default: the change's members take the place of the state's. */
  apply?: Apply<State> | undefined;
  /** What becomes of a state that is loaded while one is known: keeps what the stream has told of beyond it. Default: the loaded one. */
  accept?: Accept<State> | undefined;
  /** Several events may make one revision together. Each is applied, so `apply` must bear to be given one that the state has already. */
  joint?: boolean | undefined;
  /** The types of events that are changes. Default: all but `snapshot`. */
  events?: readonly string[] | undefined;
  /** The member of states and changes that counts the resource's changes. Default: `rev`. A list whose changes carry the revision of one of its members has another. */
  revision?: string | undefined;
  /** Where the changes are streamed. Default: the resource's path and `/stream`. */
  stream?: string | undefined;
  /** Where they are polled, with `since=<cursor>`. Default: the resource's path and `/changes`. */
  changes?: string | undefined;
}

/** `live`: changes come by themselves; `polling`: they are asked for; `offline`: neither, the state may be old; `ended`: it changes no more. */
export type ViewStatus = 'loading' | 'live' | 'polling' | 'offline' | 'ended';

export interface ViewSnapshot<State> {
  /** undefined until it has been loaded. */
  readonly state: State | undefined;
  readonly status: ViewStatus;
  /** Why it is not live. */
  readonly error: WeirError | undefined;
}

export interface View<State> {
  /** The same object until something has changed, which is at most once per frame. */
  readonly snapshot: ViewSnapshot<State>;
  /** Calls the listener when there is another snapshot; returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** Loads the state and follows it. Does nothing while it does. */
  connect(): View<State>;
  disconnect(): void;
  /** A state that came another way, such as the answer to a command. Taken unless a newer one is known. */
  offer(state: State & Revisioned): void;
  /** Alters the state without a change of the resource: adds an older page to a list. Shown at once; does nothing before it has been loaded. */
  alter(how: (state: State) => State): void;
  /** Loads the state afresh. */
  refresh(): void;
  /** The stream of its changes, to listen to single events. It belongs to the view: do not connect it. */
  readonly client: SSEClient;
}

/** A view of the resource at `url`. Nothing is loaded before connect(). */
export function createView<State extends object>(url: string, options: ViewOptions<State> = {}): View<State> {
  return new LiveView<State>(url, options);
}

class LiveView<State extends object> implements View<State> {
  readonly client: SSEClient;
  snapshot: ViewSnapshot<State> = { state: undefined, status: 'loading', error: undefined };

  readonly #url: string;
  readonly #model: Model<State>;
  readonly #requester: Requester;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.add;
  #running: AbortController | undefined;
  /** For whom the state is being loaded. */
  #loading: AbortController | undefined;
  /** Somebody asked for it after the last request had gone. */
  #wanted = false;
  /** Why the state could not be loaded. */
  #error: WeirError | undefined;
  #cancelFrame: (() => void) | undefined;

  constructor(url: string, { apply, accept, joint, events, revision, stream, changes, share, ...options }: ViewOptions<State>) {
    this.#url = url;
    this.#model = new Model(apply, revision, accept, joint);
    this.#requester = new Requester(options);
    this.client = new SSEClient(stream ?? below(url, 'stream'), {
      transports: ['sse', 'poll'],
      ...options,
      // It connects only when there is a state.
      share: typeof share === 'function' ? () => share(this.#model.state as State) : share,
      poll: { url: changes ?? below(url, 'changes'), cursorParameter: 'since' },
    });
    this.client.on('*', (data, event) => {
      if (event.type === 'snapshot') this.offer(data as State & Revisioned);
      else if (!events || events.includes(event.type)) this.#change(data, event);
    });
    this.client.on('gap', (gap) => {
      // Of another log: its revisions say nothing about the ones that are known.
      if (gap.reason === 'epoch' || gap.reason === 'unknown') this.#model.restart();
      this.#load();
    });
    this.client.watch(() => this.#showSoon());
  }

  connect(): this {
    if (this.#running) return this;
    this.#running = new AbortController();
    // Known already: what was missed comes as changes.
    if (this.#model.whole && this.client.lastEventId !== '') this.client.connect();
    else this.#load();
    return this;
  }

  disconnect(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.client.disconnect();
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
  }

  offer(state: State & Revisioned): void {
    const outcome = this.#model.snapshot(state);
    if (outcome === 'missing') this.#load();
    this.#showSoon();
  }

  alter(how: (state: State) => State): void {
    if (this.#model.state === undefined) return;
    this.#model.state = how(this.#model.state);
    this.#show();
  }

  refresh(): void {
    this.#load();
  }

  #change(data: unknown, { type, id }: StreamEvent): void {
    if (typeof data !== 'object' || data === null) return;
    const outcome = this.#model.change(data as Change, type, id === undefined);
    if (outcome === 'missing') this.#load();
    else if (outcome === 'applied') this.#showSoon();
  }

  /** Loads the state until nothing is missing, then follows it. One load at a time. */
  #load(): void {
    this.#wanted = true;
    const running = this.#running;
    if (!running || this.#loading === running) return;
    this.#loading = running;
    void this.#loadUntilWhole(running.signal).finally(() => {
      if (this.#loading === running) this.#loading = undefined;
    });
  }

  async #loadUntilWhole(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(1_000, 30_000);
    for (;;) {
      await whenVisible(signal);
      if (signal.aborted) return;
      this.#wanted = false;
      try {
        const state = (await this.#requester.json(this.#url, signal)) as State & Revisioned;
        if (signal.aborted) return;
        this.#error = undefined;
        this.#model.snapshot(state);
        this.client.connect(this.client.lastEventId || state.cursor);
      } catch (thrown) {
        if (signal.aborted) return;
        this.#error = asError(thrown);
      }
      this.#showSoon();
      const { retryable = true, retryAfter } = this.#error ?? {};
      if (!retryable || (!this.#error && this.#model.whole && !this.#wanted)) return;
      await sleep(this.#model.whole && !this.#error ? 0 : backoff.afterFailure(retryAfter), signal);
    }
  }

  #showSoon(): void {
    this.#cancelFrame ??= onNextFrame(() => this.#show());
  }

  #show(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    const next = { state: this.#model.state, status: this.#status(), error: this.#error ?? this.client.status.error };
    const { state, status, error } = this.snapshot;
    if (next.state === state && next.status === status && next.error === error) return;
    this.snapshot = next;
    this.#listeners.tell();
  }

  #status(): ViewStatus {
    const { state, transport, error } = this.client.status;
    if (state === 'OPEN') return transport === 'sse' || transport === 'websocket' ? 'live' : 'polling';
    if (error?.code === 'ended') return 'ended';
    return error ?? this.#error ? 'offline' : 'loading';
  }
}

/** The address one segment deeper, with its query. */
function below(address: string, segment: string): string {
  const [path = '', query] = address.split('?', 2);
  return `${path.replace(/\/$/, '')}/${segment}${query === undefined ? '' : `?${query}`}`;
}
