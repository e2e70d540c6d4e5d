// @ts-check
// Web Locks for Node, where there are none: as much of them as tabs use.

/** @typedef {{name: string, lead: () => Promise<void>, resolve: () => void, reject: (reason: unknown) => void, signal?: AbortSignal | undefined}} Wish */

export class FakeLocks {
  /** @type {Map<string, Wish>} */
  held = new Map();
  /** @type {Wish[]} */
  #waiting = [];

  /**
   * @param {string} name
   * @param {{steal?: boolean, signal?: AbortSignal}} options
   * @param {() => Promise<void>} lead
   */
  request(name, { steal = false, signal }, lead) {
    return new Promise((resolve, reject) => {
      const wish = { name, lead, resolve: () => resolve(undefined), reject, signal };
      signal?.addEventListener('abort', () => {
        if (!this.#waiting.includes(wish)) return;
        this.#waiting = this.#waiting.filter((each) => each !== wish);
        reject(new DOMException('taken back', 'AbortError'));
      });
      if (steal) {
        this.held.get(name)?.reject(new DOMException('stolen', 'AbortError'));
        this.held.delete(name);
        this.#waiting.unshift(wish);
      } else {
        this.#waiting.push(wish);
      }
      queueMicrotask(() => this.#grant(name));
    });
  }

  /** @param {string} name */
  #grant(name) {
    const wish = this.#waiting.find((each) => each.name === name);
    if (!wish || this.held.has(name)) return;
    this.#waiting = this.#waiting.filter((each) => each !== wish);
    this.held.set(name, wish);
    void wish.lead().then(() => {
      if (this.held.get(name) !== wish) return;
      this.held.delete(name);
      wish.resolve();
      this.#grant(name);
    });
  }

  /** Makes `navigator.locks` of it. @param {import('../../../../tests/support/test.mjs').Scope} scope */
  install(scope) {
    const real = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { locks: this } });
    scope.defer(() => (real ? Object.defineProperty(globalThis, 'navigator', real) : Reflect.deleteProperty(globalThis, 'navigator')));
    return this;
  }
}
