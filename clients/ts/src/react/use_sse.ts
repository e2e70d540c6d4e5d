// The hook of an event stream.

import { useMemo, useRef } from 'react';

import { SSEClient } from '../client.js';
import type { WeirError } from '../error.js';
import { Listeners } from '../listeners.js';
import type { ConnectionState, SSEClientOptions, StreamEvent, TransportName } from '../types.js';
import { type Store, useHeld, useStore } from './held.js';

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

/** The last event and the connection of one client. */
class Last<Data> implements Store<Shown<Data>> {
  snapshot: Shown<Data> = nothing;
  readonly #client: SSEClient;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.add;

  constructor(url: string, options: SSEClientOptions, events: readonly string[] = ['message'], onEvent: (data: Data, event: StreamEvent) => void) {
    this.#client = new SSEClient(url, options);
    for (const type of events) {
      this.#client.on<Data>(type, (data, event) => {
        this.#show({ data });
        onEvent(data, event);
      });
    }
    this.#client.watch(() => {
      const { state, transport, error } = this.#client.status;
      this.#show({ state, transport, error: error ?? null });
    });
  }

  readonly connect = () => void this.#client.connect();

  readonly disconnect = () => this.#client.disconnect();

  #show(change: Partial<Shown<Data>>): void {
    this.snapshot = { ...this.snapshot, ...change };
    this.#listeners.tell();
  }
}

const doNothing = () => {};

/**
 * Follows a stream while the component is mounted. The options are those of the first rendering with this url, but for a token function and `onEvent`,
 * which are the last rendering's. `url` null: nothing.
 */
export function useSSE<Data = unknown>(url: string | null, options: UseSSEOptions<Data> = {}): UseSSE<Data> {
  const onEvent = useRef(options.onEvent);
  onEvent.current = options.onEvent;
  const store = useHeld(url, options, (key, { events, ...latest }) => new Last<Data>(key, latest, events, (data, event) => onEvent.current?.(data, event)));
  const shown = useStore<Shown<Data>>(store, nothing);
  return useMemo(
    () => ({ ...shown, isConnected: shown.state === 'OPEN', connect: store?.connect ?? doNothing, disconnect: store?.disconnect ?? doNothing }),
    [shown, store],
  );
}
