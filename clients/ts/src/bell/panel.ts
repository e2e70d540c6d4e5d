// What the bell opens: the lists, and what is done to all.

import type { InboxSnapshot } from '../inbox/inbox.js';
import { type InboxState, floorOf, listOf } from '../inbox/state.js';
import { icon, iconButton, make, set, setText } from './dom.js';
import { icons } from './icons.js';
import type { ItemContext } from './item.js';
import { ItemList } from './list.js';
import type { BellTab } from './texts.js';

const tabs: readonly BellTab[] = ['inbox', 'unread', 'snoozed', 'archived'];

export interface PanelContext extends ItemContext {
  /** The next page of it. */
  load(tab: BellTab): void;
  /** Has show() called. */
  render(): void;
  close(): void;
  toggleSound(): void;
}

export class Panel {
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #tabs = new Map<BellTab, HTMLButtonElement>();
  readonly #status = make('span', { class: 'status__word' });
  readonly #readAll: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  readonly #error = make('p', { class: 'panel__error', role: 'alert', hidden: true });
  readonly #body: HTMLElement;
  readonly #list: ItemList;
  readonly #empty = make('p', { class: 'empty' });
  readonly #older: HTMLButtonElement;
  #tab: BellTab = 'inbox';

  constructor(context: PanelContext) {
    const { texts, act, load, close, toggleSound } = context;
    this.#context = context;
    this.#readAll = iconButton(icons.checkAll, texts.readAll, { onclick: () => act((inbox) => inbox.readAll()) });
    this.#sound = iconButton(icons.silent, texts.soundOn, { onclick: toggleSound });
    this.#older = make('button', { type: 'button', class: 'quiet older', hidden: true, onclick: () => load(this.#tab) }, texts.older);
    const items = make('ul', { class: 'items', part: 'list' });
    this.#list = new ItemList(items);
    this.#body = make('div', { class: 'panel__body', role: 'tabpanel', id: 'list', tabindex: 0 }, items, this.#empty, this.#older);
    this.element = make(
      'div',
      { class: 'panel', part: 'panel', role: 'dialog', id: 'panel', 'aria-labelledby': 'title', hidden: true, onkeydown: (event: KeyboardEvent) => this.#onKey(event) },
      make(
        'div',
        { class: 'panel__head' },
        make('h2', { class: 'panel__title', id: 'title' }, texts.title),
        make('span', { class: 'status', role: 'status' }, make('span', { class: 'dot' }), this.#status),
        this.#readAll,
        this.#sound,
        iconButton(icons.close, texts.close, { onclick: close }),
      ),
      make('div', { class: 'tabs', role: 'tablist', 'aria-labelledby': 'title', onkeydown: (event: KeyboardEvent) => this.#onTabKey(event) }, ...tabs.map((tab) => this.#makeTab(tab))),
      this.#error,
      this.#body,
      make('slot', { name: 'footer' }),
    );
  }

  /** Where the focus goes when it opens. */
  focus(): void {
    this.#tabs.get(this.#tab)?.focus();
  }

  fail(message: string | undefined): void {
    setText(this.#error, message ?? '');
    this.#error.hidden = message === undefined;
  }

  show({ state, status, error }: InboxSnapshot, sound: boolean): void {
    const { texts } = this.#context;
    setText(this.#status, texts.status[status]);
    set(this.#status.parentElement as HTMLElement, 'title', texts.statusAbout[status]);
    this.#showSound(sound);
    for (const [tab, button] of this.#tabs) {
      const chosen = tab === this.#tab;
      set(button, 'aria-selected', String(chosen));
      set(button, 'tabindex', chosen ? 0 : -1);
      setText(button, tab === 'unread' && state && state.unread > 0 ? `${texts.tabs[tab]} ${state.unread}` : texts.tabs[tab]);
    }
    set(this.#body, 'aria-labelledby', `tab-${this.#tab}`);
    this.#readAll.hidden = this.#tab !== 'inbox' && this.#tab !== 'unread';
    set(this.#readAll, 'aria-disabled', state?.unread ? false : 'true');
    this.#showList(state, error && status === 'offline' ? error.message : texts.loading);
  }

  tick(): void {
    this.#list.tick(this.#context);
  }

  #showList(state: InboxState | undefined, waiting: string): void {
    const { texts, load } = this.#context;
    const list = state ? listOf(state, this.#tab) : [];
    const floor = state && floorOf(state, this.#tab);
    // A list that is not known is asked for, and so is one that has been emptied here while there is more of it.
    if (state && (floor === undefined || (list.length === 0 && floor > 0))) load(this.#tab);
    if (!this.#list.show(list, this.#context)) this.focus();
    const known = floor === 0;
    setText(this.#empty, list.length > 0 ? '' : known ? texts.empty[this.#tab] : waiting);
    this.#empty.hidden = list.length > 0;
    if (known && this.#older.matches(':focus')) this.#body.focus();
    this.#older.hidden = floor === undefined || known || list.length === 0;
  }

  #showSound(on: boolean): void {
    const { texts } = this.#context;
    const name = on ? texts.soundOff : texts.soundOn;
    if (this.#sound.title === name && this.#sound.dataset['on'] === String(on)) return;
    this.#sound.dataset['on'] = String(on);
    set(this.#sound, 'title', name);
    set(this.#sound, 'aria-label', name);
    this.#sound.replaceChildren(icon(on ? icons.sound : icons.silent));
  }

  #makeTab(tab: BellTab): HTMLButtonElement {
    const button = make('button', { type: 'button', class: 'tab', role: 'tab', id: `tab-${tab}`, 'aria-controls': 'list', onclick: () => this.#choose(tab) });
    this.#tabs.set(tab, button);
    return button;
  }

  #choose(tab: BellTab): void {
    this.#tab = tab;
    this.#list.forget();
    this.#body.scrollTop = 0;
    this.#context.render();
  }

  #onTabKey(event: KeyboardEvent): void {
    const at = tabs.indexOf(this.#tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    this.#choose(next);
    this.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.#context.close();
  }
}
