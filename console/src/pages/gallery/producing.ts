// An example's producer, run in the page, so that the example lives without anything else.

import { useCallback, useEffect, useRef, useState } from 'react';
import { publish, WeirError } from 'weir-client';

export interface ProducedEvent {
  topic: string;
  data: unknown;
  event?: string;
  key?: string;
  close?: boolean;
}

/** What examples/NAME/producer.js exports. */
export interface Producer {
  /** Milliseconds between steps. */
  every: number;
  events: (options: { server: string; id: string }) => AsyncGenerator<readonly ProducedEvent[]>;
}

const retryAfter = 1_000;

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((wake) => {
    const woken = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', woken);
      wake();
    };
    const timer = setTimeout(woken, milliseconds);
    signal.addEventListener('abort', woken);
  });
}

/** Publishes what the producer makes, until that ends or the signal does. Rejects when the server refuses an event. */
export async function produce({ every, events }: Producer, id: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const step of events({ server: '', id })) {
        for (const { topic, data, ...options } of step) await publish(topic, data, { ...options, attempts: Number.POSITIVE_INFINITY, signal });
        await sleep(every, signal);
        if (signal.aborted) return;
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof WeirError && !error.retryable) throw error;
      // A producer asks the server things of its own, and the server may be away.
      await sleep(retryAfter, signal);
    }
  }
}

export interface Production {
  running: boolean;
  /** Why it stopped. */
  error: unknown;
  start: (id: string) => void;
  stop: () => void;
}

/** Producers that run from start() to stop(), until they end, or until the page is left. */
export function useProduction(load: () => Promise<readonly Producer[]>): Production {
  const current = useRef<AbortController | null>(null);
  const [state, setState] = useState<{ running: boolean; error: unknown }>({ running: false, error: null });
  const stop = useCallback(() => {
    current.current?.abort();
    current.current = null;
    setState({ running: false, error: null });
  }, []);
  const start = useCallback(
    (id: string) => {
      current.current?.abort();
      const ending = new AbortController();
      current.current = ending;
      setState({ running: true, error: null });
      const run = async () => {
        let error: unknown = null;
        try {
          const producers = await load();
          await Promise.all(producers.map((producer) => produce(producer, id, ending.signal)));
        } catch (refused) {
          error = refused;
        }
        if (ending.signal.aborted) return;
        ending.abort();
        current.current = null;
        setState({ running: false, error });
      };
      void run();
    },
    [load],
  );
  useEffect(() => () => current.current?.abort(), []);
  return { ...state, start, stop };
}
