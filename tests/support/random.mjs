// @ts-check
// Numbers at random that a seed brings back.

/** Whole numbers from 0 to below what is asked for. @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ below) => {
    // Mulberry32, a public-domain generator by its published constants.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
