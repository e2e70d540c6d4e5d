// The keyboard, everywhere: Ctrl+K or ⌘K for the palette, "/" for the page's search, G and a letter for a page.

import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';

import { pages } from '../routes.tsx';

const chordTimeout = 1500;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(openPalette: () => void): void {
  const navigate = useNavigate();
  const chord = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('main input[type=search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
        return;
      }
      if (event.key === 'g') {
        chord.current = event.timeStamp;
        return;
      }
      const page = event.timeStamp - chord.current < chordTimeout ? pages.find(({ key }) => key === event.key) : undefined;
      chord.current = Number.NEGATIVE_INFINITY;
      if (page === undefined) return;
      event.preventDefault();
      void navigate(page.path);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, openPalette]);
}
