// The bell as a component. Its look and conduct are those of <weir-bell>, which it shows.

import { type ReactElement, type ReactNode, createElement, useLayoutEffect, useRef } from 'react';

import { type BellNavigation, type WeirBell, defineBell } from '../bell/element.js';
import type { BellTexts } from '../bell/texts.js';
import type { Inbox, InboxOptions } from '../inbox/inbox.js';
import { useInbox } from './use_inbox.js';

export interface NotificationBellProps extends InboxOptions {
  /** Of useInbox(), where something else shows it, too. */
  inbox?: Inbox | undefined;
  language?: string | undefined;
  /** Default: as the system. */
  theme?: 'light' | 'dark' | undefined;
  /** Texts to use instead of those of the language. */
  texts?: Partial<BellTexts> | undefined;
  /** Until somebody chooses otherwise. Default: off. */
  sound?: boolean | undefined;
  /** Default: on. */
  toasts?: boolean | undefined;
  className?: string | undefined;
  /** Follows a link in the application's own way; without it the browser does. */
  onNavigate?: ((navigation: BellNavigation) => void) | undefined;
  /** At the foot of the list. */
  children?: ReactNode;
}

defineBell();

/** The options of an inbox are those of the first rendering with this server and user. */
export function NotificationBell({ inbox, language, theme, texts, sound = false, toasts = true, className, onNavigate, children, ...options }: NotificationBellProps): ReactElement {
  const own = useInbox(inbox ? null : options);
  const shown = inbox ?? own.inbox;
  const element = useRef<WeirBell>(null);
  const navigate = useRef(onNavigate);
  navigate.current = onNavigate;
  useLayoutEffect(() => {
    if (element.current) element.current.inbox = shown;
  }, [shown]);
  useLayoutEffect(() => {
    if (element.current) element.current.texts = texts ?? {};
  }, [texts]);
  useLayoutEffect(() => {
    const bell = element.current;
    const listen = (event: Event) => {
      if (!navigate.current) return;
      event.preventDefault();
      navigate.current((event as CustomEvent<BellNavigation>).detail);
    };
    bell?.addEventListener('weir-navigate', listen);
    return () => bell?.removeEventListener('weir-navigate', listen);
  }, []);
  const attributes = { manual: '', lang: language, theme, class: className, sound: sound ? '' : undefined, toasts: toasts ? undefined : 'off' };
  return createElement('weir-bell', { ref: element, ...attributes }, children === undefined ? null : createElement('div', { slot: 'footer' }, children));
}
