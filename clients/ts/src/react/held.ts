// Something that is connected while a component shows it.

import { useEffect, useRef, useState } from 'react';

export interface Connectable {
  connect(): unknown;
  disconnect(): void;
}

/**
 * Made for `key`, connected from mounting to unmounting, and made anew when the key changes. null is nothing. React's strict mode mounts
 * twice and so would connect twice: the end waits for a moment and is taken back by the second mount.
 */
export function useHeld<Thing extends Connectable>(key: string | null, make: (key: string) => Thing): Thing | undefined {
  const makeNow = useRef(make);
  makeNow.current = make;
  const [held, setHeld] = useState<{ key: string | null; thing: Thing | undefined }>(() => ({ key, thing: key === null ? undefined : make(key) }));
  let current = held;
  if (held.key !== key) {
    current = { key, thing: key === null ? undefined : make(key) };
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
