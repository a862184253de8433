// Colors of norms, on a logarithmic scale because the gradients of one network span many powers of ten.

/** @import { Scale } from "../shared/colors.js" */
import { ENTRIES, textOn, toCss } from "../shared/colors.js";

/**
 * @param {(number | null)[]} values
 * @returns {{low: number, high: number} | null} smallest and largest finite value other than zero, null if there is none
 */
export function spanOf(values) {
  const finite = values.flatMap((value) => (value !== null && Number.isFinite(value) && value > 0 ? value : []));
  return finite.length ? { low: Math.min(...finite), high: Math.max(...finite) } : null;
}

/**
 * @param {number | null} value
 * @param {{low: number, high: number} | null} span
 * @param {Scale} scale
 * @returns {{fill: string, text: string} | null} null for a value without a color: not computed, NaN or infinite
 */
export function colorOfNorm(value, span, scale) {
  if (value === null || !Number.isFinite(value)) return null;
  const entry = value > 0 && span ? Math.round(shareOf(value, span) * (ENTRIES - 1)) : 0;
  const color = scale.table[entry];
  return { fill: toCss(color), text: textOn(color) };
}

/** Position on the color scale, from 0.12, so that a small gradient differs from none, to 1. @param {number} value @param {{low: number, high: number}} span */
function shareOf(value, { low, high }) {
  return high > low ? 0.12 + (0.88 * Math.log(value / low)) / Math.log(high / low) : 1;
}
