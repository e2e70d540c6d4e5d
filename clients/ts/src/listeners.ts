// Those who want to know when something has changed.

export class Listeners {
  readonly #all = new Set<() => void>();

  /** Returns what takes the listener back. The same listener is called once, however often it is added. */
  readonly add = (listener: () => void): (() => void) => {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  };

  tell(): void {
    for (const listener of [...this.#all]) listener();
  }
}
