// What an application gives and gets.

import type { WeirError } from './error.js';

/** As EventSource counts it, and DISCONNECTED before the first connect(). */
export type ConnectionState = 'DISCONNECTED' | 'CONNECTING' | 'OPEN' | 'CLOSED';

/** The ways to the same events with the same cursors, best first. */
export type TransportName = 'sse' | 'websocket' | 'longpoll' | 'poll';

/** An event of the stream: what was published, or a control frame of the server. */
export interface StreamEvent {
  readonly type: string;
  /** The text as it was sent. */
  readonly data: string;
  /** Where a reconnect would resume after this event; "" if nowhere yet. */
  readonly lastEventId: string;
  /** The event's own place in the log. Control frames and ephemeral events have none. */
  readonly id?: string | undefined;
  /** A frame of the server about the connection: system, recovery, gap, heartbeat, auth-expiring, drain. */
  readonly control?: boolean;
  /** What a WebSocket and polls tell about an event beside this; a Server-Sent Event has no place for it. */
  readonly meta?: EventMeta;
}

export interface EventMeta {
  readonly topic: string;
  readonly topics?: readonly string[];
  readonly time: string;
  /** The publisher's own id. */
  readonly id?: string;
  readonly key?: string;
  readonly traceparent?: string;
}

export interface OpenEvent {
  readonly type: 'open';
  readonly transport: TransportName;
}

export interface FailureEvent {
  readonly type: 'error';
  readonly error: WeirError;
  /** Milliseconds until the client comes back; undefined when it does not: the state is CLOSED. */
  readonly retryIn: number | undefined;
}

/** The data of `event: gap`: what came after `requested` cannot be delivered any more, delivery goes on after `available_from`. */
export interface Gap {
  readonly requested: string;
  readonly available_from: string;
  readonly reason: 'trimmed' | 'epoch' | 'unknown' | 'slow';
}

/** A token, or what gives one: asked at the first request, before the token's end, and after a refusal. */
export type TokenSource = string | (() => string | Promise<string>);

export interface RequestOptions {
  /** Sent with every request; a browser's WebSocket sends none. */
  headers?: Readonly<Record<string, string>> | undefined;
  token?: TokenSource | undefined;
  /** Cookies to other origins, too. */
  withCredentials?: boolean | undefined;
  /** Where the server is, as far as its paths begin: `https://events.example` or `https://example/weir`. Default: taken from the address of the stream, or the page's origin. */
  server?: string | undefined;
  /** Instead of the global fetch. */
  fetch?: typeof fetch | undefined;
}

/** A WebSocket as far as it is used here; npm's `ws` is one, too. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  close(code?: number): void;
}

/** Given as an option it is called as npm's `ws` is: with the headers as `options.headers`. */
export type WebSocketConstructor = new (url: string, protocols?: string[], options?: { headers: Record<string, string> }) => WebSocketLike;

export interface SSEClientOptions extends RequestOptions {
  /** Begin after this cursor. */
  lastEventId?: string | undefined;
  /** Which transports may be used, best first. Default: all four. */
  transports?: readonly TransportName[] | undefined;
  /**
   * One connection for all tabs of the browser that follow this address: one of them holds it and tells the others. The text names
   * whose stream it is, for instance the user's id: tabs with another text share nothing. `true` is for streams that are the same for everybody.
   * A function is asked when the client connects.
   */
  share?: string | boolean | (() => string) | undefined;
  /** Seconds between signs of life that the server is asked for; twice as long without one means that the connection is dead. 0: none. Default 15. */
  heartbeat?: number | undefined;
  /** Milliseconds between connections until the server names another time (`retry:`). Default 3000. */
  retry?: number | undefined;
  /** The longest wait after failures, in milliseconds. Default 30000. */
  backoffMax?: number | undefined;
  /** Milliseconds for a connection to show its first sign of life. Default 10000. */
  openTimeout?: number | undefined;
  /** Milliseconds between looks at whether a better transport works by now. Default 60000. */
  probeInterval?: number | undefined;
  /** Milliseconds between polls, give or take a fifth. Default: what the server names, or 5000 where it does not. */
  pollInterval?: number | undefined;
  /** Where polls go, if not to the address of the stream, and the parameter that holds the cursor there. Default parameter: `after`. */
  poll?: { url: string; cursorParameter?: string | undefined } | undefined;
  /** The longest event in characters; a longer one ends the client with an error. Default 16777216. */
  eventLengthMax?: number | undefined;
  /** Put the token into the query of WebSocket addresses, where browsers can send no header. The server must allow it (`token_in_query`). */
  tokenInQuery?: boolean | undefined;
  /** For systems without a global WebSocket (Node before 22). */
  WebSocket?: WebSocketConstructor | undefined;
}
