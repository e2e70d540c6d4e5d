// Waits that end early when somebody comes back to the page, or the network does.

import { sleep } from './deadline.js';
import { isOnline, isVisible, watchPage } from './page.js';

/** Milliseconds for which a page that says it is offline is believed. */
const offlineMax = 30_000;

export class PageWait {
  /** The page is frozen or in the back/forward cache. */
  suspended = false;
  readonly #on: { back(): void; suspended(): void };
  readonly #waiting = new Set<() => void>();
  #there = true;
  #end = () => {};

  /** `back`: to the page, or to the network. */
  constructor(on: { back(): void; suspended(): void }) {
    this.#on = on;
  }

  watch(): void {
    this.#there = isVisible() && isOnline();
    this.suspended = false;
    this.#end = watchPage((event) => {
      if (event === 'suspended') {
        this.suspended = true;
        this.#there = false;
        this.#on.suspended();
        return;
      }
      if (event === 'resumed') this.suspended = false;
      const before = this.#there;
      this.#there = !this.suspended && isVisible() && isOnline();
      if (this.#there === before) return;
      if (this.#there) this.#on.back();
      this.wake();
    });
  }

  unwatch(): void {
    this.#end();
    this.wake();
  }

  /** Waits so long, or until the page is back. undefined: until then. */
  async pause(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    await sleep(milliseconds, woken.signal);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
  }

  /** Waits until it makes sense to connect. */
  async canConnect(signal: AbortSignal): Promise<void> {
    while (this.suspended && !signal.aborted) await this.pause(undefined, signal);
    if (!isOnline()) await this.pause(offlineMax, signal);
  }

  /** Ends every wait. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
