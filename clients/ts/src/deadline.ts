// Time that may run out.

/** What fetch takes as its end: another signal, or a time. Node 18 has no AbortSignal.any. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #abort = () => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  passed = false;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    if (outer.aborted) this.#abort();
    else outer.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** So long from now, instead of any earlier wish. undefined: never. */
  set(milliseconds: number | undefined): void {
    clearTimeout(this.#timer);
    if (milliseconds === undefined) return;
    this.#timer = setTimeout(() => {
      this.passed = true;
      this.#abort();
    }, milliseconds);
  }

  /** Must be called at the end; ends what the signal was given to. */
  close(): void {
    this.set(undefined);
    this.#outer.removeEventListener('abort', this.#abort);
    this.#abort();
  }
}

/** Waits, but not beyond the signal. undefined: only for that. */
export function sleep(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
