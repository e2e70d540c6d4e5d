// The console's way to a view of the server: a state that is kept by its stream, the honest word on that stream, and the server's clock.

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { View, ViewOptions, ViewStatus } from 'weir-client';
import { useView, type UseView } from 'weir-client/react';

import { reportUnauthorized } from '../api/http.ts';
import { newLink, type Link } from './link.ts';

const pollInterval = 2_000;
/** Somebody is looking: they shall not wait half a minute for a server that is back. */
export const whileLookedAt = { pollInterval, backoffMax: 4_000 };
/** A tab that nobody looks at gives its connection back after so long: over HTTP/1.1 a browser has six to a server, for all tabs. */
const hiddenFor = 20_000;

/** A view of the server, for a page. */
export function useLiveView<State extends object>(url: string | null, options: ViewOptions<State>): UseView<State> {
  return useWhileSeen(useView<State>(url, { ...whileLookedAt, ...options }));
}

/** A view that is let go of while the page is hidden, and goes on where it was; a refusal asks who is there. */
export function useWhileSeen<State>(live: UseView<State>): UseView<State> {
  const { view, error } = live;
  useEffect(() => {
    if (!view) return undefined;
    let timer = 0;
    const onChange = () => {
      clearTimeout(timer);
      if (document.hidden) timer = window.setTimeout(() => view.disconnect(), hiddenFor);
      else view.connect();
    };
    document.addEventListener('visibilitychange', onChange);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onChange);
    };
  }, [view]);
  useEffect(() => {
    if (error?.status === 401) reportUnauthorized();
  }, [error]);
  return live;
}

const linkStates: Record<ViewStatus, Link['state']> = { loading: 'connecting', live: 'live', polling: 'polling', offline: 'offline', ended: 'closed' };

/** What is true of the view's connection, for the indicator. */
export function linkOf(status: ViewStatus, reason: string | null): Link {
  return { ...newLink, state: linkStates[status], pollSeconds: status === 'polling' ? pollInterval / 1000 : null, reason };
}

/** One timer for everything that ticks. */
const tickers = new Set<() => void>();
let ticking = 0;
const tickInterval = 250;

function onTick(listener: () => void): () => void {
  tickers.add(listener);
  if (ticking === 0) {
    ticking = window.setInterval(() => {
      if (!document.hidden) for (const each of [...tickers]) each();
    }, tickInterval);
  }
  return () => {
    tickers.delete(listener);
    if (tickers.size > 0) return;
    clearInterval(ticking);
    ticking = 0;
  };
}

/** The server's time in milliseconds, four times a second while `running`; it stands still otherwise. */
export function useServerNow<State>(view: View<State> | undefined, running: boolean): number {
  const clock = useMemo(() => {
    let now = view?.client.serverTime() ?? Date.now();
    return {
      get: () => now,
      subscribe: (listener: () => void) =>
        running
          ? onTick(() => {
              now = view?.client.serverTime() ?? Date.now();
              listener();
            })
          : () => {},
    };
  }, [view, running]);
  return useSyncExternalStore(clock.subscribe, clock.get);
}

/** A value that follows another once it has stood still for a while. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** A value that follows another at most so often. */
export function usePaced<T>(value: T, milliseconds: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef(0);
  latest.current = value;
  useEffect(() => {
    if (timer.current !== 0 || value === shown) return;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      setShown(latest.current);
    }, milliseconds);
  }, [value, shown, milliseconds]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = 0;
    },
    [],
  );
  return shown;
}
