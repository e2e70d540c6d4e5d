// Which transport to use: the best one that works here.

import type { TransportName } from './types.js';

const failuresMax = 2;

/**
 * Steps down only on evidence. A transport that fails is suspected: at once if something answered in the server's place, else each second time
 * that it fails in a row, because one failure is nothing. Then a plain poll is tried. If that fails the server is away, and no transport is
 * better than another. If it works the transport is blocked, unless the server came back between the failure and the poll: so it is the
 * failure after a poll that worked which counts, or one that took its time. (Why: docs/decisions/transport-fallback.md.)
 */
export class Ladder {
  readonly #steps: readonly TransportName[];
  #at = 0;
  #failures = 0;
  /** A poll has worked since the transport last did. */
  #reached = false;

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
    if (!sure && !this.#reached && ++this.#failures < failuresMax) return false;
    this.#failures = 0;
    return this.#at + 1 < this.#steps.length;
  }

  /** The current transport has worked for a while. */
  worked(): void {
    this.#failures = 0;
    this.#reached = false;
  }

  /** Whether a poll worked when the current transport was suspected; `slow`: of a failure that a server which was away does not explain. */
  polled(works: boolean, slow: boolean): void {
    const blocked = works && (slow || this.#reached);
    if (blocked) ++this.#at;
    this.#reached = works && !blocked;
  }

  stepUp(to: TransportName): void {
    this.#at = this.#steps.indexOf(to);
    this.worked();
  }
}
