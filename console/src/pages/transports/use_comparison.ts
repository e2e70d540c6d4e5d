import { useCallback, useEffect, useRef, useState } from 'react';
import type { TransportName } from 'weir-client';

import { newLink, reduceLink, type Link, type LinkAction } from '../../live/link.ts';
import { createStore, useStore } from '../../live/store.ts';
import { newComparison, reduceComparison, type Comparison, type ComparisonAction } from './comparison_state.ts';
import { runComparison, type RunningComparison } from './run_comparison.ts';

type Links = Readonly<Record<TransportName, Link>>;

/** Often enough to be live, and seldom enough to be read. */
const shownEvery = 250;

const noLinks: Links = { sse: newLink, websocket: newLink, longpoll: newLink, poll: newLink };

const reduceLinks = (links: Links, { transport, action }: { transport: TransportName; action: LinkAction }): Links => ({ ...links, [transport]: reduceLink(links[transport], action) });

export interface UseComparison {
  comparison: Comparison;
  links: Links;
  /** null before the first start. */
  publishing: boolean | null;
  error: unknown;
  start: () => void;
  stop: () => void;
}

export function useComparison(rate: number): UseComparison {
  const [stores] = useState(() => ({ comparison: createStore(reduceComparison, newComparison(performance.now())), links: createStore(reduceLinks, noLinks) }));
  const [{ publishing, error }, setState] = useState<{ publishing: boolean | null; error: unknown }>({ publishing: null, error: null });
  const current = useRef<RunningComparison | null>(null);
  const timer = useRef(0);
  const currentRate = useRef(rate);
  currentRate.current = rate;

  const close = useCallback(() => {
    clearInterval(timer.current);
    current.current?.close();
    current.current = null;
  }, []);

  const start = useCallback(() => {
    close();
    let waiting: ComparisonAction[] = [];
    stores.comparison.dispatch({ type: 'begin', at: performance.now() });
    setState({ publishing: true, error: null });
    const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
    current.current = runComparison(`run-${number.toString(36)}`, () => currentRate.current, {
      happened: (action) => waiting.push(action),
      link: (transport, action) => stores.links.dispatch({ transport, action }),
      refused: (refusal) => setState({ publishing: false, error: refusal }),
    });
    timer.current = window.setInterval(() => {
      const actions = [...waiting, { type: 'time', at: performance.now() } as const];
      waiting = [];
      stores.comparison.dispatch({ type: 'actions', actions });
    }, shownEvery);
  }, [close, stores]);

  const stop = useCallback(() => {
    current.current?.quiet();
    setState({ publishing: false, error: null });
  }, []);

  useEffect(() => close, [close]);

  return {
    comparison: useStore(stores.comparison, (state) => state),
    links: useStore(stores.links, (state) => state),
    publishing,
    error,
    start,
    stop,
  };
}
