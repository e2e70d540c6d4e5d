// The items of a list, kept in step with what they show: what has not changed stays as it is, and so does the focus.

import type { InboxNotification } from '../inbox/types.js';
import { setText } from './dom.js';
import { type ItemContext, item } from './item.js';
import { relativeTime } from './texts.js';

const focusable = 'a[href], button:not([tabindex="-1"])';

export class ItemList {
  readonly #place: HTMLElement;
  readonly #shown = new Map<string, { one: InboxNotification; element: HTMLLIElement }>();

  constructor(place: HTMLElement) {
    this.#place = place;
    place.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Makes all of them anew the next time. */
  forget(): void {
    this.#shown.clear();
    this.#place.replaceChildren();
  }

  /** Shows these. Returns false if the item that had the focus is gone and there is no other one. */
  show(list: readonly InboxNotification[], context: ItemContext): boolean {
    const focused = this.#focused();
    const index = focused ? [...this.#place.children].indexOf(focused.element) : -1;
    const wanted = new Set(list.map(({ id }) => id));
    for (const [id, { element }] of this.#shown) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#shown.delete(id);
    }
    list.forEach((one, i) => {
      const before = this.#shown.get(one.id);
      let element = before?.element;
      if (before?.one !== one || !element) {
        element = item(one, context);
        before?.element.replaceWith(element);
        this.#shown.set(one.id, { one, element });
      }
      if (this.#place.children[i] !== element) this.#place.insertBefore(element, this.#place.children[i] ?? null);
    });
    if (!focused || focused.element.isConnected) return true;
    const next = this.#place.querySelector(`[data-id="${focused.id}"]`) ?? this.#place.children[Math.min(index, list.length - 1)];
    return next instanceof HTMLElement && this.#focus(next, focused.act);
  }

  /** Brings "5 minutes ago" up to date. */
  tick({ now, language }: ItemContext): void {
    for (const element of this.#place.querySelectorAll<HTMLElement>('[data-time]')) setText(element, relativeTime(Number(element.dataset['time']), now(), language));
  }

  #focused(): { element: HTMLLIElement; id: string; act: string | undefined } | undefined {
    const active = this.#place.querySelector<HTMLElement>(':focus');
    const element = active?.closest('li');
    return element ? { element, id: element.dataset['id'] ?? '', act: active?.dataset['act'] } : undefined;
  }

  #focus(element: HTMLElement, act: string | undefined): boolean {
    const target = (act && element.querySelector<HTMLElement>(`[data-act="${act}"]`)) || element.querySelector<HTMLElement>(focusable);
    target?.focus();
    return target !== null;
  }

  /** Up and down go from item to item, to the same control of it. */
  #onKey(event: KeyboardEvent): void {
    const from = this.#focused();
    if (!from || event.defaultPrevented) return;
    const all = [...this.#place.children] as HTMLElement[];
    const at = all.indexOf(from.element);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const next = to === undefined ? undefined : all[to];
    if (!next) return;
    event.preventDefault();
    this.#focus(next, from.act);
  }
}
