// What comes while somebody looks, shown for a moment at the edge of the page.

import type { Arrival } from '../inbox/arrivals.js';
import type { InboxSnapshot } from '../inbox/inbox.js';
import { listOf } from '../inbox/state.js';
import type { InboxNotification } from '../inbox/types.js';
import { icon, iconButton, make } from './dom.js';
import { icons, severityIcons } from './icons.js';
import { type ItemContext, titleOf } from './item.js';

const shownMax = 3;
/** Milliseconds. What is critical stays until it is closed. */
const shownFor = 6_000;

export interface ToastsContext extends Pick<ItemContext, 'texts' | 'follow'> {
  /** Shows the list. */
  open(): void;
}

export class Toasts {
  /** There from the beginning: what is put into it later is read aloud. */
  readonly element = make('div', { class: 'toasts', part: 'toasts', role: 'region', 'aria-live': 'polite' });
  #context: ToastsContext;
  readonly #timers = new Map<Element, ReturnType<typeof setTimeout>>();
  /** From this `order` on it came while nobody looked at the page: what has become of it is in the inbox. */
  #awayFrom = Infinity;
  /** Came then and is not kept anywhere else: the last one, and how many. */
  #passed: InboxNotification | undefined;
  #passedCount = 0;

  constructor(context: ToastsContext) {
    this.#context = context;
    this.use(context);
    this.element.addEventListener('pointerenter', () => this.#hold());
    this.element.addEventListener('focusin', () => this.#hold());
    this.element.addEventListener('pointerleave', () => this.#release());
    this.element.addEventListener('focusout', () => this.#release());
  }

  use(context: ToastsContext): void {
    this.#context = context;
    this.element.setAttribute('aria-label', context.texts.region);
  }

  /** Returns whether something was shown. */
  take({ kind, notifications }: Arrival, visible: boolean): boolean {
    if (!visible) {
      for (const one of notifications) this.#missed(one);
      return false;
    }
    const last = notifications.at(-1);
    if (kind === 'missed' && last) this.#showMissed(notifications.length, last);
    else for (const one of notifications) this.#showOne(one);
    return true;
  }

  /** Somebody looks at the page: what came while nobody did, in one, but for what has been dealt with elsewhere meanwhile. Not before that is known. */
  lookedAt({ state, status }: InboxSnapshot): void {
    // The number has moved by now, and polls pop nothing up.
    if (status === 'polling') this.#forgetMissed();
    if (!state || status !== 'live' || (this.#awayFrom === Infinity && !this.#passed)) return;
    const waiting = listOf(state, 'unread').filter(({ order }) => order >= this.#awayFrom);
    const count = waiting.length + this.#passedCount;
    const last = waiting[0] ?? this.#passed;
    this.#forgetMissed();
    if (last && count > 0) this.#showMissed(count, last);
  }

  clear(): void {
    this.#forgetMissed();
    for (const toast of [...this.element.children]) this.#remove(toast);
  }

  #missed(one: InboxNotification): void {
    if (one.order > 0) this.#awayFrom = Math.min(this.#awayFrom, one.order);
    else {
      this.#passed = one;
      ++this.#passedCount;
    }
  }

  #forgetMissed(): void {
    this.#awayFrom = Infinity;
    this.#passed = undefined;
    this.#passedCount = 0;
  }

  /** How many they are, or the only one. */
  #showMissed(count: number, last: InboxNotification): void {
    if (count === 1) return this.#showOne(last);
    const { texts, open } = this.#context;
    const toast = this.#toast('missed', icons.bell, 'info', make('button', { type: 'button', class: 'toast__title link', onclick: () => (this.#remove(toast), open()) }, texts.missed(count)));
    this.#add(toast, false);
  }

  #showOne(one: InboxNotification): void {
    const { texts } = this.#context;
    // What is kept and critical comes twice: as a notification, and as an alert.
    for (const each of [...this.element.children]) if (each.getAttribute('data-order') === `${one.id} ${one.order}`) return;
    const { title, body, severity } = one;
    const words = severity === 'info' ? false : make('span', { class: 'unseen' }, `${texts.severities[severity]}: `);
    const toast = this.#toast('one', severityIcons[severity], severity, words, titleOf({ ...one, title }, this.#context), body !== '' && make('p', { class: 'toast__body' }, body));
    toast.setAttribute('data-order', `${one.id} ${one.order}`);
    this.#add(toast, severity === 'critical');
  }

  #toast(kind: string, sign: string, severity: string, ...content: (Node | string | false)[]): HTMLElement {
    const toast = make(
      'div',
      { class: 'toast', 'data-kind': kind, 'data-severity': severity },
      make('span', { class: 'item__sign' }, icon(sign)),
      make('div', { class: 'toast__main' }, ...content),
      iconButton(icons.close, this.#context.texts.close, { onclick: () => this.#remove(toast) }),
    );
    return toast;
  }

  #add(toast: HTMLElement, stays: boolean): void {
    this.element.append(toast);
    if (stays) toast.setAttribute('data-stays', '');
    else this.#removeLater(toast);
    const passing = [...this.element.children].filter((each) => !each.hasAttribute('data-stays'));
    for (const each of passing.slice(0, Math.max(0, this.element.children.length - shownMax))) this.#remove(each);
  }

  #removeLater(toast: Element): void {
    clearTimeout(this.#timers.get(toast));
    this.#timers.set(toast, setTimeout(() => this.#remove(toast), shownFor));
  }

  #remove(toast: Element): void {
    clearTimeout(this.#timers.get(toast));
    this.#timers.delete(toast);
    toast.remove();
  }

  /** Nothing goes while somebody reads it. */
  #hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #release(): void {
    for (const toast of this.#timers.keys()) this.#removeLater(toast);
  }
}
