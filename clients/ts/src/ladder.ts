// Which transport to use: the best one that works here.

import type { TransportName } from './types.js';

const failuresMax = 2;

/**
 * Steps down only on evidence. A transport that fails is suspected: at once if something answered in the server's place, else each second time
 * that it fails in a row, because one failure is nothing. It has been blocked if a plain poll works at that moment; if not, the server
 * is away and no transport is better than another. (Why: docs/decisions/transport-fallback.md.)
 */
export class Ladder {
  readonly #steps: readonly TransportName[];
  #at = 0;
  #failures = 0;

  /** `steps`: best first, at least one. */
  constructor(steps: readonly TransportName[]) {
    this.#steps = steps;
  }

  get current(): TransportName {
    return this.#steps[this.#at] as TransportName;
  }

  /** What it would be good to be back at, best first. */
  get better(): readonly TransportName[] {
    return this.#steps.slice(0, this.#at);
  }

  /** Whether it is time to find out if the server can be reached at all. */
  suspects(sure: boolean): boolean {
    if (!sure && ++this.#failures < failuresMax) return false;
    this.#failures = 0;
    return this.#at + 1 < this.#steps.length;
  }

  /** The current transport has worked for a while. */
  worked(): void {
    this.#failures = 0;
  }

  /** The current transport is blocked. */
  stepDown(): void {
    ++this.#at;
  }

  stepUp(to: TransportName): void {
    this.#at = this.#steps.indexOf(to);
    this.#failures = 0;
  }
}
