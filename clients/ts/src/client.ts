// The client as an application sees it.

import { Connection } from './connection.js';
import type { WeirError } from './error.js';
import type { Feed, FeedListener, FeedStatus } from './feed.js';
import { Listeners } from './listeners.js';
import { ServerClock } from './server_clock.js';
import { SharedFeed, canShare } from './tabs/shared_feed.js';
import { parsed } from './text.js';
import type { ConnectionState, FailureEvent, Gap, OpenEvent, SSEClientOptions, StreamEvent, TransportName } from './types.js';

/** `data`: JSON where it parses, otherwise the text. */
export type EventHandler<Data = unknown, Event = StreamEvent> = (data: Data, event: Event) => void;

/** The connection at a moment; another object whenever something of it has changed. */
export interface ClientStatus {
  readonly state: ConnectionState;
  readonly transport: TransportName | undefined;
  /** What went wrong last; undefined while the connection is open. */
  readonly error: WeirError | undefined;
}

// Handlers are kept together, whatever they take.
type AnyHandler = EventHandler<never, never>;

/**
 * A stream of events that comes back. It resumes after the last event that was handed out, so that each comes once, whatever broke; what
 * cannot be had any more is told by the event `gap`.
 *
 *     new SSEClient('/v1/topics/news').connect().on('message', (data) => show(data));
 *
 * Handlers run one after the other; one that throws is reported as an uncaught error and stops no other.
 */
export class SSEClient {
  readonly url: string;
  readonly options: SSEClientOptions;

  readonly #handlers = new Map<string, AnyHandler[]>();
  readonly #watchers = new Listeners();
  readonly #clock = new ServerClock();
  readonly #feed: Feed;
  #status: ClientStatus = { state: 'DISCONNECTED', transport: undefined, error: undefined };

  /** `url`: of a topic, a subscription, or `/events`; relative to the page. Throws on options that contradict each other. */
  constructor(url: string, options: SSEClientOptions = {}) {
    this.url = url;
    this.options = options;
    this.#feed = feedOf(url, options, this.#clock, {
      event: (event) => this.#take(event),
      status: (status) => this.#change(status),
    });
  }

  get state(): ConnectionState {
    return this.#status.state;
  }

  /** The transport in use or being tried. */
  get transport(): TransportName | undefined {
    return this.#status.transport;
  }

  get status(): ClientStatus {
    return this.#status;
  }

  /** Everything up to this cursor has been handed out; "" if that is nothing yet. Keep it to go on from there another time. */
  get lastEventId(): string {
    return this.#feed.cursor;
  }

  /** The server's name for the connection. */
  get clientId(): string | undefined {
    return this.#feed.clientId;
  }

  /** The server's clock in milliseconds since 1970, however this machine's is set. */
  serverTime(): number {
    return this.#clock.now();
  }

  /** Connects, after another cursor if one is given; after disconnect() it resumes where it was. Does nothing while it is connected or trying to be. */
  connect(after?: string): this {
    if (this.state === 'DISCONNECTED' || this.state === 'CLOSED') this.#feed.start(after);
    return this;
  }

  /** Closes the connection. No handler is called any more. */
  disconnect(): void {
    if (this.state === 'DISCONNECTED') return;
    this.#feed.stop();
    this.#set({ state: 'CLOSED', transport: undefined, error: undefined });
  }

  /** `open`: each time that the connection stands. */
  on(type: 'open', handler: EventHandler<OpenEvent, OpenEvent>): this;
  /** `error`: each time that it ends or fails, whether the client comes back or not. */
  on(type: 'error', handler: EventHandler<FailureEvent, FailureEvent>): this;
  /** `gap`: events are missing; load afresh what was built from them. */
  on(type: 'gap', handler: EventHandler<Gap>): this;
  /** A type of event, `message` by default; `*` is every event but the server's own frames. */
  on<Data = unknown>(type: string, handler: EventHandler<Data>): this;
  on(type: string, handler: AnyHandler): this {
    const handlers = this.#handlers.get(type);
    if (handlers) handlers.push(handler);
    else this.#handlers.set(type, [handler]);
    return this;
  }

  /** Ends a wait: the next poll, or the next attempt to connect, is made now. For who has changed something and wants to see it. */
  hurry(): void {
    this.#feed.hurry();
  }

  /** Takes back what on() was given. */
  off(type: string, handler: AnyHandler): this {
    const handlers = this.#handlers.get(type)?.filter((each) => each !== handler);
    if (handlers) this.#handlers.set(type, handlers);
    return this;
  }

  /** Calls the listener whenever `status` has changed; returns what ends that. */
  watch(listener: () => void): () => void {
    return this.#watchers.add(listener);
  }

  #take(event: StreamEvent): void {
    const handlers = [...(this.#handlers.get(event.type) ?? []), ...((!event.control && this.#handlers.get('*')) || [])];
    if (handlers.length > 0) this.#call(handlers, parsed(event.data), event);
  }

  #change({ state, transport, error, retryIn }: FeedStatus): void {
    const before = this.#status;
    // While it comes back, why it had to is kept.
    this.#set({ state, transport, error: error ?? (state === 'CONNECTING' ? before.error : undefined) });
    if (error) this.#tell({ type: 'error', error, retryIn });
    else if (state === 'OPEN' && transport) this.#tell({ type: 'open', transport });
  }

  #tell(event: OpenEvent | FailureEvent): void {
    this.#call(this.#handlers.get(event.type) ?? [], event, event);
  }

  #call(handlers: readonly AnyHandler[], data: unknown, event: StreamEvent | OpenEvent | FailureEvent): void {
    for (const handler of handlers) {
      // One of them may have called disconnect().
      if (this.state === 'CLOSED' && event.type !== 'error') return;
      try {
        (handler as EventHandler<unknown, unknown>)(data, event);
      } catch (thrown) {
        report(thrown);
      }
    }
  }

  #set(status: ClientStatus): void {
    const { state, transport, error } = this.#status;
    if (status.state === state && status.transport === transport && status.error === error) return;
    this.#status = status;
    this.#watchers.tell();
  }
}

function feedOf(url: string, options: SSEClientOptions, clock: ServerClock, listener: FeedListener): Feed {
  const Kind = options.share && canShare() ? SharedFeed : Connection;
  return new Kind(url, options, listener, clock);
}

/** What EventTarget does with a listener's exception. */
function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
