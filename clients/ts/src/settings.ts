// The options with what they are when they are not given.

import type { SSEClientOptions, TransportName } from './types.js';

export interface Settings extends SSEClientOptions {
  transports: readonly TransportName[];
  heartbeat: number;
  retry: number;
  backoffMax: number;
  openTimeout: number;
  probeInterval: number;
  eventLengthMax: number;
}

/** Throws where the options contradict each other, or leave no transport. */
export function settingsOf(options: SSEClientOptions): Settings {
  const { heartbeat = 15, retry = 3_000, backoffMax = 30_000, openTimeout = 10_000, probeInterval = 60_000, eventLengthMax = 16_777_216 } = options;
  if (options.share === true && options.token !== undefined) {
    throw new TypeError('A stream with a token is somebody\'s: `share` names whose, for instance by the user\'s id');
  }
  return { ...options, transports: usable(options), heartbeat, retry, backoffMax, openTimeout, probeInterval, eventLengthMax };
}

/** The wanted transports that can be had here. */
function usable({ transports: wanted = ['sse', 'websocket', 'longpoll', 'poll'], WebSocket: given, tokenInQuery, token, poll: place }: SSEClientOptions): readonly TransportName[] {
  const sockets = given !== undefined || (globalThis.WebSocket !== undefined && (token === undefined || tokenInQuery === true));
  // Polls that go elsewhere are answered as that place does, which is at once.
  const found = wanted.filter((each) => (each !== 'websocket' || sockets) && (each !== 'longpoll' || place === undefined));
  if (found.length === 0) throw new TypeError(`None of the transports ${wanted.join(', ')} can be had here`);
  return found;
}
