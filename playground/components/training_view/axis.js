// Axes of a plot: places of values in pixels, and round numbers to write beside them.

/**
 * @typedef {object} Axis
 * @property {(value: number) => number} place pixel of a value; NaN for a value that a logarithmic axis doesn't have
 * @property {number[]} ticks values to write beside the axis
 */

/**
 * Round numbers between two values, at equal distances of 1, 2 or 5 times a power of ten.
 *
 * @param {number} low
 * @param {number} high larger than `low`
 * @param {number} most number of them, at least 2
 */
export function roundNumbers(low, high, most) {
  const rough = (high - low) / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = /** @type {number} */ ([1, 2, 5, 10].find((size) => size * power >= rough * (1 - 1e-9))) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiplied and rounded, because adding the step again and again would write 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/**
 * Powers of ten between two positive values, or 1, 2 and 5 times each if there are too few of them.
 *
 * @param {number} low
 * @param {number} high
 */
export function roundPowers(low, high) {
  const exponents = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    exponents.push(exponent);
  }
  const within = (/** @type {number} */ value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const tens = exponents.map((exponent) => 10 ** exponent).filter(within);
  if (tens.length > 2) return tens;
  const finer = exponents.flatMap((exponent) =>
    [1, 2, 5].map((size) => Number((size * 10 ** exponent).toPrecision(12))),
  );
  return finer.filter(within);
}

/**
 * @param {number} low value at `from`
 * @param {number} high value at `to`
 * @param {number} from pixel
 * @param {number} to pixel, smaller than `from` for an axis that points up
 * @param {{log?: boolean, most?: number}} options `most`: number of ticks of a linear axis
 * @returns {Axis}
 */
export function makeAxis(low, high, from, to, { log = false, most = 5 } = {}) {
  if (log) {
    const [bottom, top] = [Math.log10(low), Math.log10(high)];
    const scale = (to - from) / (top - bottom || 1);
    return {
      place: (value) => (value > 0 ? from + (Math.log10(value) - bottom) * scale : Number.NaN),
      ticks: roundPowers(low, high),
    };
  }
  const scale = (to - from) / (high - low || 1);
  return { place: (value) => from + (value - low) * scale, ticks: high > low ? roundNumbers(low, high, most) : [low] };
}

/**
 * Smallest and largest finite number of several series.
 *
 * @param {ArrayLike<number>[]} series
 * @param {boolean} positive true to leave out zero and negative numbers
 * @returns {[number, number] | null} null if there is none
 */
export function rangeOf(series, positive = false) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of series) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (!Number.isFinite(value) || (positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}
