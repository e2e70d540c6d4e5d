// The server's own stream, open while the console is: it says whether the server is there, brings its figures, and tells
// everything else on the page when to ask anew.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

import { request } from '../api/http.ts';
import type { ConnectionsEvent, Sample, SampleHistory } from '../api/types.ts';
import { newLink, reduceLink, type Link, type LinkAction } from './link.ts';
import { createStore, useStore, type Store } from './store.ts';
import { openStream } from './stream.ts';
import { emptySystem, reduceSystem, type SystemAction, type SystemState } from './system_state.ts';

export interface System {
  figures: Store<SystemState, SystemAction>;
  link: Store<Link, LinkAction>;
}

const Context = createContext<System | null>(null);

export const createSystem = (): System => ({
  figures: createStore(reduceSystem, emptySystem),
  link: createStore(reduceLink, newLink),
});

export function SystemProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [system] = useState(createSystem);

  useEffect(() => {
    const { figures, link } = system;
    const loadHistory = async () => {
      try {
        const { samples } = await request<SampleHistory>('/v1/metrics/history');
        figures.dispatch({ type: 'history', samples });
      } catch {
        // The samples that come fill the charts; the link says whether the server is there.
      }
    };
    let before = link.get().state;
    const unsubscribe = link.subscribe(() => {
      const { state } = link.get();
      const came = (state === 'live' || state === 'polling') && before !== 'live' && before !== 'polling';
      before = state;
      if (!came) return;
      void loadHistory();
      // Whatever was asked before may be of another time, or of another process.
      void queries.invalidateQueries();
    });
    const stream = openStream({
      topics: ['$weir/metrics', '$weir/connections'],
      onEvent: (event) => {
        if (event.type === 'metrics') figures.dispatch({ type: 'sample', sample: JSON.parse(event.data) as Sample });
        if (event.type === 'connections') figures.dispatch({ type: 'connections', connections: JSON.parse(event.data) as ConnectionsEvent });
      },
      onLink: link.dispatch,
    });
    return () => {
      unsubscribe();
      stream.close();
    };
  }, [system, queries]);

  return <Context value={system}>{children}</Context>;
}

export function useSystem(): System {
  const system = useContext(Context);
  if (system === null) throw new Error('a SystemProvider must be around this');
  return system;
}

export const useLink = (): Link => useStore(useSystem().link, (link) => link);
export const useSamples = (): readonly Sample[] => useStore(useSystem().figures, (state) => state.samples);
