// Reproducible random numbers for tests with many cases.

/**
 * @param {number} seed
 * @returns {(least: number, most: number) => number} returns integers, both ends included
 */
export function makeRandom(seed) {
  let state = seed;
  return (least, most) => {
    // A linear congruential generator with the constants of "Numerical Recipes".
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}
