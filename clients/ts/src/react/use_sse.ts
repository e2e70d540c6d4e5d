// The hook of an event stream.

import { useCallback, useMemo, useRef, useSyncExternalStore } from 'react';

import { SSEClient } from '../client.js';
import type { WeirError } from '../error.js';
import type { ConnectionState, SSEClientOptions, StreamEvent, TransportName } from '../types.js';
import { useHeld } from './held.js';

export interface UseSSEOptions<Data> extends SSEClientOptions {
  /** The types of events that become `data`. Default: `message`. */
  events?: readonly string[] | undefined;
  /** Each of these events, also those between two renderings. May be another function each time. */
  onEvent?: ((data: Data, event: StreamEvent) => void) | undefined;
}

export interface UseSSE<Data> {
  /** Of the last event: JSON where it parses, otherwise the text. null before the first. */
  readonly data: Data | null;
  /** Why it is not connected. */
  readonly error: WeirError | null;
  readonly isConnected: boolean;
  readonly state: ConnectionState;
  readonly transport: TransportName | undefined;
  /** Connects again after disconnect(). */
  readonly connect: () => void;
  readonly disconnect: () => void;
}

interface Shown<Data> {
  data: Data | null;
  error: WeirError | null;
  state: ConnectionState;
  transport: TransportName | undefined;
}

const nothing: Shown<never> = { data: null, error: null, state: 'DISCONNECTED', transport: undefined };

/** The last event and the connection of one client, as an external store. */
class Store<Data> {
  readonly client: SSEClient;
  shown: Shown<Data> = nothing;
  readonly #listeners = new Set<() => void>();

  constructor(url: string, { events = ['message'], ...options }: UseSSEOptions<Data>, onEvent: (data: Data, event: StreamEvent) => void) {
    this.client = new SSEClient(url, options);
    for (const type of events) {
      this.client.on<Data>(type, (data, event) => {
        this.#show({ data });
        onEvent(data, event);
      });
    }
    this.client.watch(() => {
      const { state, transport, error } = this.client.status;
      this.#show({ state, transport, error: error ?? null });
    });
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly connect = () => void this.client.connect();

  readonly disconnect = () => this.client.disconnect();

  #show(change: Partial<Shown<Data>>): void {
    this.shown = { ...this.shown, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

const never = () => () => {};
const doNothing = () => {};

/**
 * Follows a stream while the component is mounted. The options are those of the first rendering with this url; the token function, `onEvent` and
 * the rest may be written in place. `url` null: nothing.
 */
export function useSSE<Data = unknown>(url: string | null, options: UseSSEOptions<Data> = {}): UseSSE<Data> {
  const now = useRef(options);
  now.current = options;
  const onEvent = useCallback((data: Data, event: StreamEvent) => now.current.onEvent?.(data, event), []);
  const store = useHeld(url, (key) => new Store(key, latest(options, now), onEvent));
  const shown = useSyncExternalStore(
    store?.subscribe ?? never,
    () => store?.shown ?? nothing,
    () => nothing,
  );
  return useMemo(
    () => ({ ...shown, isConnected: shown.state === 'OPEN', connect: store?.connect ?? doNothing, disconnect: store?.disconnect ?? doNothing }),
    [shown, store],
  );
}

/** A token function that is always the one of the last rendering. */
export function latest<Options extends SSEClientOptions>(options: Options, now: { current: Options }): Options {
  if (typeof options.token !== 'function') return options;
  return {
    ...options,
    token: () => {
      const { token = '' } = now.current;
      return typeof token === 'function' ? token() : token;
    },
  };
}
