import { useEffect, useState } from 'react';

import { request, withQuery } from '../api/http.ts';
import type { Topic, TopicList, TopicsEvent } from '../api/types.ts';
import { createStore, type Store } from './store.ts';
import { openStream } from './stream.ts';
import { useSystem } from './system.tsx';
import { emptyTopics, reduceTopics, type TopicsAction, type TopicsState } from './topics_state.ts';

const pageLimit = 1000;
const pagesMax = 50;
/** The list is asked for again at most so often when it is known to be out of date… */
const reloadAfter = 5_000;
/** …and so often for what no change tells: that a topic was deleted. */
const reloadAnyway = 30_000;

async function loadTopics(signal: AbortSignal): Promise<Topic[]> {
  const all: Topic[] = [];
  let after: string | null = null;
  for (let page = 0; page < pagesMax; ++page) {
    const { topics, next }: TopicList = await request(withQuery('/v1/topics', { limit: pageLimit, after }), { signal });
    all.push(...topics);
    if (!next) break;
    after = next;
  }
  return all;
}

/**
 * All topics, kept true while the component is there. The list is loaded each time the stream begins; changes that come meanwhile wait for
 * it. One of them may be older than the list, but then the next, a second later, tells that topic again.
 */
export function useTopics(): Store<TopicsState, TopicsAction> {
  const { figures } = useSystem();
  const [store] = useState(() => createStore(reduceTopics, emptyTopics));

  useEffect(() => {
    const ending = new AbortController();
    let held: TopicsEvent[] | null = null;
    let wantedAgain = false;
    let loadedAt = 0;
    let again = 0;

    const load = async () => {
      if (held !== null) {
        wantedAgain = true;
        return;
      }
      held = [];
      wantedAgain = false;
      loadedAt = Date.now();
      let topics: Topic[] | null = null;
      try {
        topics = await loadTopics(ending.signal);
      } catch {
        // The link says that the server is away; when it is back, the list is loaded anew.
      }
      const changes: TopicsEvent[] = held;
      held = null;
      if (topics !== null) store.dispatch({ type: 'list', topics });
      for (const event of changes) store.dispatch({ type: 'changes', event });
      if (wantedAgain && !ending.signal.aborted) void load();
      else reloadIfStale();
    };
    const reloadIfStale = () => {
      if (!store.get().stale || again !== 0 || ending.signal.aborted) return;
      again = window.setTimeout(
        () => {
          again = 0;
          void load();
        },
        Math.max(0, loadedAt + reloadAfter - Date.now()),
      );
    };

    const stream = openStream({
      topics: ['$weir/topics'],
      onEvent: (event) => {
        if (event.type !== 'topics') return;
        const changes = JSON.parse(event.data) as TopicsEvent;
        if (held !== null) held.push(changes);
        else store.dispatch({ type: 'changes', event: changes });
        reloadIfStale();
      },
      onLink: ({ type }) => {
        if (type === 'open') void load();
      },
    });
    // Changes tell what is published, not who subscribes. The server's figures come while it is there, so nobody asks in vain.
    let connections = figures.get().connections;
    const unsubscribe = figures.subscribe(() => {
      const changed = figures.get().connections !== connections;
      const age = Date.now() - loadedAt;
      if (document.hidden || age < reloadAfter || (!changed && age < reloadAnyway)) return;
      connections = figures.get().connections;
      void load();
    });
    return () => {
      unsubscribe();
      stream.close();
      ending.abort();
      clearTimeout(again);
    };
  }, [store, figures]);

  return store;
}
