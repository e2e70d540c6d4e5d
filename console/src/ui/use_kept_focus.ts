import { useCallback, useEffect, useLayoutEffect, useRef, type FocusEvent, type RefObject } from 'react';

interface KeptFocus<Place extends HTMLElement> {
  ref: RefObject<Place | null>;
  /** It can be given the focus, and is not in the way of Tab. */
  tabIndex: -1;
  onFocus: (event: FocusEvent<HTMLElement>) => void;
  onBlur: (event: FocusEvent<HTMLElement>) => void;
}

const isLost = () => document.activeElement === null || document.activeElement === document.body;

/**
 * For a place whose parts move, or go, under the keyboard: a card between two lists is made anew, a button that has done its work is gone. The
 * focus then goes to what has the same `data-id`, else to the place, and not to the top of the page. React is silent on a blur by which
 * an element that it takes away loses the focus, so what is held then is what had it last.
 */
export function useKeptFocus<Place extends HTMLElement = HTMLDivElement>(): KeptFocus<Place> {
  const place = useRef<Place>(null);
  const held = useRef<{ element: HTMLElement; id: string | undefined } | null>(null);
  const keep = useCallback(() => {
    if (held.current === null || held.current.element.isConnected || !isLost()) return;
    const { id } = held.current;
    const all = [...(place.current?.querySelectorAll<HTMLElement>('[data-id]') ?? [])];
    const moved = id === undefined ? undefined : all.find((each) => each.dataset['id'] === id);
    for (const target of [moved, place.current]) {
      if (!target || !isLost()) continue;
      target.focus({ preventScroll: true });
      // Who works by the mouse has not asked for the page to move.
      if (target.matches(':focus-visible')) target.scrollIntoView({ block: 'nearest' });
    }
  }, []);
  useLayoutEffect(keep);
  // A dialog gives the focus back to what may be gone by then.
  useEffect(() => {
    document.addEventListener('close', keep, true);
    return () => document.removeEventListener('close', keep, true);
  }, [keep]);
  return {
    ref: place,
    tabIndex: -1,
    onFocus: ({ target }) => {
      if (target instanceof HTMLElement) held.current = { element: target, id: target.closest<HTMLElement>('[data-id]')?.dataset['id'] };
    },
    onBlur: ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Element) || relatedTarget.closest('dialog') === null) held.current = null;
    },
  };
}
