// How long to wait before connecting again.

const least = 100;

/**
 * After an orderly end it is what the server asked for (`retry:`, which it has jittered itself); after failures "full jitter": anything
 * between nothing and a bound that doubles with each, so that clients who lost one server do not come back as one.
 */
export class Backoff {
  /** The server's wish, in milliseconds. */
  retry: number;
  readonly #max: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(retry: number, max: number, random: () => number = Math.random) {
    this.retry = retry;
    this.#max = Math.max(max, least);
    this.#random = random;
  }

  /** A connection worked: the next failure counts as the first. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** `retryAfter`: the least, if the server named it. */
  afterFailure(retryAfter = 0): number {
    const first = Math.min(Math.max(this.retry, least), this.#max);
    const bound = Math.min(first * 2 ** this.#failures, this.#max);
    ++this.#failures;
    return retryAfter + this.#random() * bound;
  }
}
