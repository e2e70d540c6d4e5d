// The same events as JSON messages over a WebSocket.

import { Deadline } from '../deadline.js';
import { WeirError } from '../error.js';
import { resumedAt, withParameter } from '../request.js';
import { objectOf } from '../text.js';
import type { EventMeta, WebSocketLike } from '../types.js';
import { type Ending, type Link, type Transport, failure, silenceMax } from './transport.js';

/** Close codes of docs/websocket.md. */
const normal = 1000;
const goingAway = 1001;
const lifetimeOver = 4000;
const noPong = 4001;
const tokenOver = 4002;

export const webSocket: Transport = async (link) => {
  const deadline = new Deadline(link.signal);
  deadline.set(link.options.openTimeout);
  let socket: WebSocketLike | undefined;
  try {
    const opened = await open(link);
    socket = opened;
    const ending = await new Promise<Ending | undefined>((resolve) => {
      deadline.signal.addEventListener('abort', () => resolve(undefined));
      opened.onerror = () => {};
      opened.onmessage = ({ data }: { data: string }) => {
        deadline.set(silenceMax(link));
        take(link, data);
      };
      opened.onclose = ({ code }: { code: number }) => resolve(endingOf(link, code));
      if (deadline.signal.aborted) resolve(undefined);
    });
    return ending ?? failure(new WeirError('network', 'The connection was given up'), deadline);
  } catch (thrown) {
    return failure(thrown, deadline);
  } finally {
    deadline.close();
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }
};

async function open({ url: address, cursor, options, requester }: Link): Promise<WebSocketLike> {
  const url = resumedAt(address, cursor);
  url.protocol = url.protocol.replace('http', 'ws');
  if (options.heartbeat > 0 && !url.searchParams.has('heartbeat')) withParameter(url, 'heartbeat', options.heartbeat);
  if (options.tokenInQuery && requester.hasToken) withParameter(url, 'access_token', await requester.token());
  return options.WebSocket ? new options.WebSocket(url.href, [], { headers: await requester.headers() }) : new WebSocket(url);
}

interface Message extends EventMeta {
  /** Of messages about the connection; events have none. */
  readonly type?: string;
  readonly event: string;
  readonly data: unknown;
  readonly cursor?: string;
  readonly retry_ms?: number;
}

function take(link: Link, text: string): void {
  const { type, event, data, cursor, retry_ms, ...meta } = objectOf(text) as unknown as Message;
  if (retry_ms !== undefined) link.retry(retry_ms);
  if (type === 'system') link.opened();
  link.alive();
  if (type !== undefined) {
    link.event({ type, data: JSON.stringify(data), lastEventId: link.cursor, control: true });
  } else {
    link.event({ type: event, data: String(data), id: cursor, lastEventId: cursor ?? link.cursor, meta });
  }
}

function endingOf({ requester }: Link, code: number): Ending {
  switch (code) {
    case normal:
      return { why: 'ended' };
    case goingAway:
      return { why: 'closed' };
    case lifetimeOver:
    case noPong:
      return { why: 'closed', wait: 0 };
    case tokenOver:
      requester.forgetToken();
      return { why: 'closed', wait: 0 };
    default:
      return { why: 'failed', error: new WeirError('network', `The WebSocket was closed with code ${code}`, { retryable: true }) };
  }
}
