// <weir-bell>: the bell, its list and its toasts, for any page.

import { type Inbox, type InboxOptions, type InboxSnapshot, createInbox } from '../inbox/inbox.js';
import type { Arrival } from '../inbox/arrivals.js';
import type { InboxNotification } from '../inbox/types.js';
import { asError } from '../error.js';
import { isVisible } from '../page.js';
import { onNextFrame } from '../view/frame.js';
import { icon, make, set, setText } from './dom.js';
import { icons } from './icons.js';
import { Panel, type PanelContext } from './panel.js';
import { chime, chooseSound, soundWanted } from './sound.js';
import { useStyle } from './style.js';
import { type BellTexts, bellTexts } from './texts.js';
import { Toasts } from './toasts.js';

/** Of the event `weir-navigate`, which is sent before a link is followed; preventDefault() leaves that to the application. */
export interface BellNavigation {
  readonly url: string;
  readonly notification: InboxNotification;
}

// Where pages are made by a server there are no elements.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** Beyond this the exact number is of no use. */
const countShown = 99;
/** Milliseconds between looks at how long ago things were. */
const tickInterval = 30_000;
/** Pixels; a narrower page gives the list all its width. */
const narrow = 520;

/** Attributes that say whose inbox, and how it is followed: another one is another inbox. */
const inboxAttributes = ['server', 'user', 'token', 'share', 'with-credentials', 'poll-interval', 'probe-interval'];
const lookAttributes = ['lang', 'theme', 'sound', 'toasts'];
/** What may have been set before the page knew the element. */
const properties = ['inbox', 'options', 'texts', 'open'] as const;

export class WeirBell extends Base {
  static readonly observedAttributes = [...inboxAttributes, ...lookAttributes];
  /** The server of elements that name none. Default: the page's. */
  static server = '';

  #inbox: Inbox | undefined;
  /** Given, and not made here. */
  #given: Inbox | undefined;
  #options: InboxOptions = {};
  #texts: Partial<BellTexts> = {};
  #shown: InboxSnapshot = { state: undefined, status: 'loading', error: undefined };
  #open = false;
  #sound = false;
  #connected = false;
  /** The state whose notifications have been told as seen. */
  #seenRev = -1;
  #parts: { bell: HTMLButtonElement; badge: HTMLElement; panel: Panel; toasts: Toasts } | undefined;
  #ends: (() => void)[] = [];
  #leaving: (() => void)[] = [];
  #ticking: ReturnType<typeof setInterval> | undefined;

  /** The inbox that it shows: one of the application's own, or the one that the attributes and `options` make. */
  get inbox(): Inbox | undefined {
    return this.#inbox;
  }

  /** Given one, the element neither connects nor disconnects it. With the attribute `manual` it waits for one. */
  set inbox(inbox: Inbox | undefined) {
    if (inbox === this.#given) return;
    this.#given = inbox;
    this.#remake();
  }

  /** What attributes cannot say, such as a function for the token. Set it before the element is in the page. */
  get options(): InboxOptions {
    return this.#options;
  }

  set options(options: InboxOptions) {
    this.#options = options;
    this.#remake();
  }

  /** Texts to use instead of those of the language. */
  get texts(): Partial<BellTexts> {
    return this.#texts;
  }

  set texts(texts: Partial<BellTexts>) {
    this.#texts = texts;
    this.#redraw();
  }

  /** Whether the list is open. */
  get open(): boolean {
    return this.#open;
  }

  set open(open: boolean) {
    if (open !== this.#open) this.#setOpen(open, false);
  }

  connectedCallback(): void {
    for (const name of properties) this.#takeUp(name);
    this.#connected = true;
    this.#sound = soundWanted(this.hasAttribute('sound'));
    this.#draw();
    this.#watchPage();
    this.#follow();
  }

  disconnectedCallback(): void {
    this.#connected = false;
    this.#leave();
    for (const end of this.#ends.splice(0)) end();
    clearInterval(this.#ticking);
    this.#open = false;
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.#connected) return;
    if (inboxAttributes.includes(name)) this.#remake();
    else if (name === 'theme') this.#showTheme();
    else if (name === 'sound') this.#sound = soundWanted(this.hasAttribute('sound'));
    else if (name === 'lang') this.#redraw();
  }

  #takeUp<Name extends (typeof properties)[number]>(name: Name): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name] as WeirBell[Name];
    delete (this as Partial<WeirBell>)[name];
    (this as WeirBell)[name] = value;
  }

  // --- The inbox ---

  #remake(): void {
    if (!this.#connected) return;
    this.#leave();
    this.#follow();
  }

  #follow(): void {
    if (!this.#given && this.hasAttribute('manual')) return;
    const inbox = (this.#inbox = this.#given ?? createInbox(this.#inboxOptions()));
    this.#leaving = [inbox.subscribe(() => this.#show()), inbox.onArrival((arrival) => this.#take(arrival))];
    if (!this.#given) {
      inbox.connect();
      this.#leaving.push(() => inbox.disconnect());
    }
    this.#show();
  }

  #leave(): void {
    for (const end of this.#leaving.splice(0)) end();
    this.#inbox = undefined;
    this.#seenRev = -1;
    this.#parts?.toasts.clear();
  }

  #inboxOptions(): InboxOptions {
    const seconds = (name: string) => {
      const value = Number(this.getAttribute(name) ?? Number.NaN);
      return value > 0 ? { [name === 'poll-interval' ? 'pollInterval' : 'probeInterval']: value * 1000 } : {};
    };
    const token = this.getAttribute('token');
    const user = this.getAttribute('user');
    return {
      server: this.getAttribute('server') ?? WeirBell.server,
      ...(user === null || user === '' ? {} : { user }),
      ...(token === null || token === '' ? {} : { token }),
      ...(this.getAttribute('share') === 'off' ? { share: false } : {}),
      withCredentials: this.hasAttribute('with-credentials'),
      ...seconds('poll-interval'),
      ...seconds('probe-interval'),
      ...this.#options,
    };
  }

  // --- What is seen ---

  /** The element's own, or what it stands in, says the language. */
  get #language(): string {
    return this.closest<HTMLElement>('[lang]')?.lang || globalThis.navigator?.language || 'en';
  }

  #draw(): void {
    const language = this.#language;
    const texts = { ...bellTexts(language), ...this.#texts };
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    useStyle(root);
    const context: PanelContext = {
      texts,
      language,
      now: () => this.#inbox?.client.serverTime() ?? Date.now(),
      act: (command) => this.#act(command),
      follow: (event, url, notification) => this.#go(event, url, notification),
      load: (tab) => this.#act((inbox) => inbox.load(tab)),
      render: () => this.#show(),
      close: () => this.#setOpen(false, true),
      toggleSound: () => {
        this.#sound = !this.#sound;
        chooseSound(this.#sound);
        if (this.#sound) chime();
        this.#show();
      },
    };
    const badge = make('span', { class: 'badge', part: 'badge', 'aria-hidden': 'true', hidden: true });
    const bell = make('button', { type: 'button', class: 'bell', part: 'bell', 'aria-haspopup': 'dialog', 'aria-controls': 'panel', onclick: () => this.#setOpen(!this.#open, true) }, icon(icons.bell), badge, make('span', { class: 'dot' }));
    const panel = new Panel(context);
    const toasts = this.#parts?.toasts ?? new Toasts({ ...context, open: () => this.#setOpen(true, true) });
    toasts.use({ ...context, open: () => this.#setOpen(true, true) });
    this.#parts = { bell, badge, panel, toasts };
    root.replaceChildren(bell, panel.element, toasts.element);
    this.#showTheme();
  }

  /** Anew, in another language or with other texts. */
  #redraw(): void {
    if (!this.#connected) return;
    this.#draw();
    if (this.#open) this.#setOpen(true, false);
    this.#show();
  }

  #show(): void {
    if (!this.#parts) return;
    const { bell, badge, panel, toasts } = this.#parts;
    this.#shown = this.#inbox?.snapshot ?? this.#shown;
    const { state, status } = this.#shown;
    const texts = { ...bellTexts(this.#language), ...this.#texts };
    const unread = state?.unread ?? 0;
    setText(badge, unread > countShown ? `${countShown}+` : String(unread));
    badge.hidden = unread === 0;
    const words = [texts.title, ...(state ? [texts.unread(unread)] : []), ...(status === 'live' ? [] : [texts.status[status]])].join(', ');
    set(bell, 'aria-label', words);
    set(bell, 'title', words);
    set(bell, 'aria-expanded', String(this.#open));
    this.dataset['status'] = status;
    this.dataset['unread'] = String(unread);
    set(bell, 'data-status', status);
    set(panel.element, 'data-status', status);
    if (isVisible()) toasts.lookedAt(this.#shown);
    if (!this.#open) return;
    panel.show(this.#shown, this.#sound);
    this.#tellSeen();
  }

  /** What is shown in the open list has been seen. */
  #tellSeen(): void {
    const { state } = this.#shown;
    if (!state || state.unseen === 0 || state.rev <= this.#seenRev || !isVisible()) return;
    this.#seenRev = state.rev;
    // Of no consequence if it fails: the next one says the same.
    this.#inbox?.seenAll().catch(() => {});
  }

  #setOpen(open: boolean, focus: boolean): void {
    if (!this.#parts) return;
    const { bell, panel, toasts } = this.#parts;
    this.#open = open;
    // What they say stands in the list, which they would cover.
    if (open) toasts.clear();
    panel.element.hidden = !open;
    panel.fail(undefined);
    clearInterval(this.#ticking);
    if (open) {
      this.#place();
      this.#ticking = setInterval(() => panel.tick(), tickInterval);
      panel.tick();
    }
    this.#show();
    if (focus) (open ? panel : bell).focus();
    this.dispatchEvent(new CustomEvent('weir-toggle', { detail: { open } }));
  }

  /** Where there is room. */
  #place(): void {
    const { left, width, bottom } = this.getBoundingClientRect();
    const element = this.#parts?.panel.element;
    if (!element) return;
    element.dataset['place'] = innerWidth < narrow ? 'screen' : left + width / 2 < innerWidth / 2 ? 'start' : 'end';
    element.style.setProperty('--_top', `${Math.round(bottom + 8)}px`);
  }

  #showTheme(): void {
    const wanted = this.getAttribute('theme');
    const dark = wanted === 'dark' || (wanted !== 'light' && globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches);
    this.dataset['theme'] = dark ? 'dark' : 'light';
  }

  // --- What happens ---

  #take(arrival: Arrival): void {
    if (!this.#parts || this.getAttribute('toasts') === 'off') return;
    // Who has the list open sees it there, but for what is not kept.
    if (this.#open && isVisible() && arrival.notifications.every(({ order }) => order > 0)) return;
    if (this.#parts.toasts.take(arrival, isVisible()) && this.#sound) chime();
  }

  #act(command: (inbox: Inbox) => Promise<void>): void {
    const inbox = this.#inbox;
    if (!inbox) return;
    this.#parts?.panel.fail(undefined);
    command(inbox).catch((thrown: unknown) => {
      const texts = { ...bellTexts(this.#language), ...this.#texts };
      this.#parts?.panel.fail(texts.failed(asError(thrown).message));
    });
  }

  #go(event: MouseEvent, url: string, notification: InboxNotification): void {
    if (notification.readAt === null && notification.order > 0) this.#act((inbox) => inbox.read(notification.id));
    // Into another tab or window: that is the browser's.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const going = new CustomEvent<BellNavigation>('weir-navigate', { detail: { url, notification }, bubbles: true, composed: true, cancelable: true });
    if (!this.dispatchEvent(going)) event.preventDefault();
    this.#setOpen(false, going.defaultPrevented);
  }

  #watchPage(): void {
    const listen = (target: EventTarget | undefined, type: string, listener: (event: Event) => void) => {
      target?.addEventListener(type, listener);
      this.#ends.push(() => target?.removeEventListener(type, listener));
    };
    listen(document, 'visibilitychange', () => {
      // With the frame come the changes that a hidden page has heard of and not drawn.
      if (isVisible()) onNextFrame(() => this.#show());
    });
    listen(document, 'pointerdown', (event) => {
      if (this.#open && !event.composedPath().includes(this)) this.#setOpen(false, false);
    });
    listen(globalThis.window, 'resize', () => {
      if (this.#open) this.#place();
    });
    listen(globalThis.matchMedia?.('(prefers-color-scheme: dark)'), 'change', () => this.#showTheme());
  }
}

/** Makes <weir-bell> known to the page. Does nothing on a server, and the second time. */
export function defineBell(name = 'weir-bell'): void {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, WeirBell);
}
