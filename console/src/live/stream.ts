// The console's way to live events: weir-client, asked for whole events (`envelope=json`), so that an event says its topic, time and key
// by every transport.

import { SSEClient, type FailureEvent, type StreamEvent, type TransportName } from 'weir-client';

import { reportUnauthorized, withQuery } from '../api/http.ts';
import type { LinkAction } from './link.ts';

export interface LiveEvent {
  /** Counts the events of this page: what a list tells them apart by. */
  n: number;
  /** Null for an ephemeral event. */
  cursor: string | null;
  /** The first of its topics. */
  topic: string;
  topics: readonly string[];
  type: string;
  data: string;
  /** Milliseconds since 1970. */
  time: number | null;
  key: string | null;
  /** The publisher's own. */
  id: string | null;
}

export interface ControlFrame {
  type: string;
  data: Record<string, unknown>;
}

export interface StreamOptions {
  topics?: readonly string[];
  match?: readonly string[];
  /** A cursor, `earliest` or `latest`. */
  after?: string;
  last?: number;
  filter?: string;
  onEvent: (event: LiveEvent) => void;
  onLink: (action: LinkAction) => void;
  onControl?: (frame: ControlFrame) => void;
}

export interface Stream {
  close: () => void;
}

const controlTypes = ['system', 'recovery', 'gap', 'drain', 'auth-expiring'] as const;
const pollInterval = 5_000;
// Somebody is looking: they shall not wait half a minute for a server that is back.
const backoffMax = 4_000;

/** An event as polls and WebSockets show it (docs/polling.md); so does an envelope. */
export interface WireEvent {
  cursor?: string;
  topic: string;
  topics?: readonly string[];
  event?: string;
  data?: string;
  time?: string;
  id?: string;
  key?: string;
}

/**
 * Which transports to use, best first. Over HTTP/1.1 a browser allows six connections to a host, for all tabs together, and event streams
 * hold theirs; WebSockets are not counted. HTTP/2 has no such limit.
 */
export function transportsFor(protocol: string): readonly TransportName[] {
  const streams: readonly TransportName[] = /^h[23]/.test(protocol) ? ['sse', 'websocket'] : ['websocket', 'sse'];
  return [...streams, 'longpoll', 'poll'];
}

/** By which protocol the page itself came. */
function pageProtocol(): string {
  const [page] = performance.getEntriesByType('navigation');
  return page instanceof PerformanceNavigationTiming ? page.nextHopProtocol : '';
}

let counted = 0;

export function liveEvent(wire: WireEvent): LiveEvent {
  const time = Date.parse(wire.time ?? '');
  return {
    n: ++counted,
    cursor: wire.cursor ?? null,
    topic: wire.topic,
    topics: wire.topics ?? [wire.topic],
    type: wire.event ?? 'message',
    data: wire.data ?? '',
    time: Number.isNaN(time) ? null : time,
    key: wire.key ?? null,
    id: wire.id ?? null,
  };
}

/** Server-Sent Events bring the envelope as their data; the other transports tell the same beside it. */
function wireEvent(data: unknown, { id, type, data: text, meta }: StreamEvent): WireEvent {
  if (meta === undefined) return data as WireEvent;
  return { ...(id === undefined ? {} : { cursor: id }), event: type, data: text, ...meta };
}

/** The address of a subscription. */
export function subscriptionUrl({ topics = [], match = [], after, last, filter }: Omit<StreamOptions, 'onEvent' | 'onLink' | 'onControl'>): string {
  return withQuery('/v1/subscribe', { topic: topics, match, after, last, filter, envelope: 'json' });
}

function onFailure({ error, retryIn }: FailureEvent, onLink: StreamOptions['onLink']): void {
  if (error.status === 401) reportUnauthorized();
  if (error.code === 'ended') onLink({ type: 'closed', reason: null });
  else if (error.code === 'closed') onLink({ type: 'connecting' });
  else onLink({ type: 'failed', retryAt: retryIn === undefined ? null : Date.now() + retryIn, reason: error.message });
}

/** Tells what becomes of a client's connection. */
export function followLink(client: SSEClient, onLink: StreamOptions['onLink']): void {
  client
    .on('open', ({ transport }) => onLink({ type: 'open', transport, pollSeconds: (client.options.pollInterval ?? pollInterval) / 1000 }))
    .on('error', (failure) => onFailure(failure, onLink));
}

/** Opens a stream that comes back by itself, until it is closed. */
export function openStream({ onEvent, onLink, onControl, ...from }: StreamOptions): Stream {
  const client = new SSEClient(subscriptionUrl(from), { transports: transportsFor(pageProtocol()), pollInterval, backoffMax });
  onLink({ type: 'connecting' });
  followLink(client, onLink);
  client.on('*', (data, event) => onEvent(liveEvent(wireEvent(data, event))));
  for (const type of controlTypes) {
    client.on(type, (data, event) => {
      if (event.control) onControl?.({ type, data: data as Record<string, unknown> });
    });
  }
  client.connect();
  return { close: () => client.disconnect() };
}
