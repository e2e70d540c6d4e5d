// @ts-check
// Randomness that can be had again: WEIR_TEST_SEED sets the seed, and a test that fails names it.

/** @param {string} what for which test */
export function seedOf(what) {
  const seed = Number(process.env.WEIR_TEST_SEED ?? Date.now() % 1_000_000_007);
  console.log(`${what}: seed ${seed}`);
  return seed;
}

/** @param {number} seed */
export function dice(seed) {
  let state = seed >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ n) => Math.floor(next() * n);
  /** @template T @param {readonly T[]} list @returns {T} */
  const pick = (list) => /** @type {T} */ (list[below(list.length)]);
  return { next, below, pick };
}
