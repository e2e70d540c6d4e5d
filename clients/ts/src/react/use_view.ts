// The hook of a view.

import { useMemo, useRef, useSyncExternalStore } from 'react';

import { type View, type ViewOptions, type ViewSnapshot, createView } from '../view/view.js';
import { useHeld } from './held.js';
import { latest } from './use_sse.js';

export interface UseView<State> extends ViewSnapshot<State> {
  /** The view itself: to offer it a state, to load it afresh, to listen to its events. undefined while url is null. */
  readonly view: View<State> | undefined;
}

const loading: ViewSnapshot<never> = { state: undefined, status: 'loading', error: undefined };
const never = () => () => {};

/** Keeps the resource at `url` while the component is mounted. The options are those of the first rendering with this url. null: nothing. */
export function useView<State extends object>(url: string | null, options: ViewOptions<State> = {}): UseView<State> {
  const now = useRef(options);
  now.current = options;
  const view = useHeld(url, (key) => createView<State>(key, latest(options, now)));
  const subscribe = useMemo(() => (view ? (listener: () => void) => view.subscribe(listener) : never), [view]);
  const snapshot = useSyncExternalStore<ViewSnapshot<State>>(
    subscribe,
    () => view?.snapshot ?? loading,
    () => loading,
  );
  return useMemo(() => ({ ...snapshot, view }), [snapshot, view]);
}
