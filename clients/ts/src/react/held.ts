// Something that is connected while a component shows it.

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';

import type { RequestOptions } from '../types.js';

export interface Connectable {
  connect(): unknown;
  disconnect(): void;
}

export interface Store<Snapshot> {
  readonly snapshot: Snapshot;
  subscribe(listener: () => void): () => void;
}

/**
 * Made for `key`, connected from mounting to unmounting, and made anew when the key changes. null is nothing. React's strict mode mounts
 * twice and so would connect twice: the end waits for a moment and is taken back by the second mount. The options are those of
 * the first rendering with the key, but for a token function, which is always the last rendering's.
 */
export function useHeld<Thing extends Connectable, Options extends RequestOptions>(key: string | null, options: Options, make: (key: string, options: Options) => Thing): Thing | undefined {
  const now = useRef(options);
  now.current = options;
  const makeOne = () => ({ key, thing: key === null ? undefined : make(key, latest(options, now)) });
  const [held, setHeld] = useState(makeOne);
  let current = held;
  if (held.key !== key) {
    current = makeOne();
    setHeld(current);
  }
  const { thing } = current;
  const ending = useRef<{ thing: Thing; timer: ReturnType<typeof setTimeout> }>(undefined);
  useEffect(() => {
    if (!thing) return undefined;
    if (ending.current?.thing === thing) clearTimeout(ending.current.timer);
    thing.connect();
    return () => {
      ending.current = { thing, timer: setTimeout(() => thing.disconnect()) };
    };
  }, [thing]);
  return thing;
}

function latest<Options extends RequestOptions>(options: Options, now: { current: Options }): Options {
  if (typeof options.token !== 'function') return options;
  return {
    ...options,
    token: () => {
      const { token = '' } = now.current;
      return typeof token === 'function' ? token() : token;
    },
  };
}

const never = () => () => {};

/** What the store shows; on a server, and while there is no store, what is shown before anything is known. */
export function useStore<Snapshot>(store: Store<Snapshot> | undefined, before: Snapshot): Snapshot {
  return useSyncExternalStore(
    store?.subscribe ?? never,
    () => store?.snapshot ?? before,
    () => before,
  );
}
