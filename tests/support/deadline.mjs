// @ts-check
// Waiting for what can be observed, never for time to pass.

/** Sanitizer builds run several times slower: every deadline grows with this. */
export const slow = process.env.WEIR_TEST_SLOW === '1';

/** @param {number} n @returns {number} milliseconds, longer under a sanitizer */
export function seconds(n) {
  return n * 1000 * (slow ? 6 : 1);
}

/**
 * The promise's value, or an error that says what did not happen in time.
 * @template T
 * @param {Promise<T>} promise
 * @param {string | (() => string)} what
 * @param {number} [milliseconds]
 * @returns {Promise<T>}
 */
export async function within(promise, what, milliseconds = seconds(10)) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${milliseconds} ms: ${typeof what === 'string' ? what : what()}`));
    }, milliseconds);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again until the answer is truthy; for states that can only be polled, such as a counter.
 * @template T
 * @param {() => T | Promise<T>} ask
 * @param {string} what
 * @param {number} [milliseconds]
 * @returns {Promise<NonNullable<T>>}
 */
export async function eventually(ask, what, milliseconds = seconds(10)) {
  const end = Date.now() + milliseconds;
  /** @type {unknown} */
  let last;
  for (;;) {
    last = await ask();
    if (last) return /** @type {NonNullable<T>} */ (last);
    if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A list that grows and can be waited on. */
export class Signal {
  /** @type {Set<() => void>} */
  #waiting = new Set();

  notify() {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Waits until `ask` is truthy; it is asked at once and after every notify().
   * @template T
   * @param {() => T} ask
   * @param {string | (() => string)} what
   * @param {number} [milliseconds]
   * @returns {Promise<NonNullable<T>>}
   */
  async until(ask, what, milliseconds) {
    /** @type {() => void} */
    let wake = () => {};
    const found = new Promise((resolve, reject) => {
      wake = () => {
        try {
          const value = ask();
          if (value) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
    });
    this.#waiting.add(wake);
    wake();
    try {
      return /** @type {NonNullable<T>} */ (await within(found, what, milliseconds));
    } finally {
      this.#waiting.delete(wake);
    }
  }
}
