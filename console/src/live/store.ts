// State outside of React: a reducer, its state, and who wants to know. A component that reads a part of it is drawn
// again when that part changes, however much else does.

import { useSyncExternalStore } from 'react';

export interface Store<State, Action> {
  get: () => State;
  dispatch: (action: Action) => void;
  /** Returns what ends it. */
  subscribe: (listener: () => void) => () => void;
}

export function createStore<State, Action>(reduce: (state: State, action: Action) => State, initial: State): Store<State, Action> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** `select` must give the same value for the same state: parts of it, not new objects. */
export function useStore<State, Action, Selected>(store: Store<State, Action>, select: (state: State) => Selected): Selected {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
