// The hook of a view.

import { useMemo } from 'react';

import { type View, type ViewOptions, type ViewSnapshot, createView } from '../view/view.js';
import { useHeld, useStore } from './held.js';

export interface UseView<State> extends ViewSnapshot<State> {
  /** The view itself: to offer it a state, to load it afresh, to listen to its events. undefined while url is null. */
  readonly view: View<State> | undefined;
}

/** Before anything is known. */
export const loading: ViewSnapshot<never> = { state: undefined, status: 'loading', error: undefined };

/** Keeps the resource at `url` while the component is mounted. The options are those of the first rendering with this url. null: nothing. */
export function useView<State extends object>(url: string | null, options: ViewOptions<State> = {}): UseView<State> {
  const view = useHeld(url, options, (key, latest) => createView<State>(key, latest));
  const snapshot = useStore<ViewSnapshot<State>>(view, loading);
  return useMemo(() => ({ ...snapshot, view }), [snapshot, view]);
}
