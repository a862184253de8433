// Formatting of numbers for readers, with a typographic minus sign.

const MINUS = "\u2212";
/** @type {Record<string, string>} */
const SUPERSCRIPTS = {
  "-": "\u207b",
  0: "\u2070",
  1: "\u00b9",
  2: "\u00b2",
  3: "\u00b3",
  4: "\u2074",
  5: "\u2075",
  6: "\u2076",
  7: "\u2077",
  8: "\u2078",
  9: "\u2079",
};

/**
 * Format a number with a number of significant digits. Trailing zeros show that it was rounded: 0.5 is "0.5", 0.50001
 * is "0.5000". Numbers from 0.0001 to 10⁶ are written without a power of ten and with all digits before the point.
 * `number` in playground/number_words.py gives the same result; tests/numbers.json is the test of both.
 *
 * @param {number} value
 * @param {number} digits significant digits
 * @returns {string} such as "0.8312", "−12.4", "3.1·10⁻⁸"; zero is "0"
 */
export function formatNumber(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}\u221e` : "\u221e";
  if (value === 0) return "0";
  const sign = value < 0 ? MINUS : "";
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e6) {
    const rounded = size.toPrecision(digits);
    return sign + trim(rounded.includes("e") ? size.toFixed(0) : rounded, size);
  }
  const rounded = size.toExponential(digits - 1);
  const [mantissa, exponent] = rounded.split("e");
  const raised = [...exponent.replace("+", "")].map((sign) => SUPERSCRIPTS[sign]).join("");
  return `${sign}${Number(rounded) === size ? trim(mantissa, Number(mantissa)) : mantissa}\u00b710${raised}`;
}

/**
 * @param {string} written
 * @param {number} size the number itself
 * @returns {string} without trailing zeros, if it was not rounded
 */
function trim(written, size) {
  return Number(written) === size && written.includes(".") ? written.replace(/\.?0+$/, "") : written;
}

/**
 * Formatter for the terms of a sum: all get as many decimals as give the result four significant digits, so that a
 * reader can add them up. Where `formatNumber` writes the result with a power of ten, it writes the terms as well.
 * @param {number} result
 * @returns {(value: number) => string}
 */
export function formatLike(result) {
  const size = Math.abs(result);
  if (!(size === 0 || (size >= 1e-4 && size < 1e6))) return formatNumber;
  const places = size === 0 ? 4 : Math.max(2, 3 - Math.floor(Math.log10(size)));
  return (value) =>
    Number.isFinite(value) ? (value < 0 ? MINUS : "") + Math.abs(value).toFixed(places) : formatNumber(value);
}

/**
 * @param {number} value
 * @returns {string} text for a cell of a small table: at most three decimals, "0" only for an exact zero
 */
export function formatShort(value) {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value);
  const size = Math.abs(value);
  const text =
    size >= 1000 ? size.toPrecision(2) : size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size.toFixed(2);
  if (Number(text) === 0) return value < 0 ? `${MINUS}0.00` : "0.00";
  return (value < 0 ? MINUS : "") + text;
}

/** @param {number} value a whole number @returns {string} */
export function formatWhole(value) {
  return value < 0 ? MINUS + -value : String(value);
}

/**
 * @param {number} share 0..1
 * @returns {string} percentage with one decimal, without the % sign; "<0.1" for a share too small to show
 */
export function formatPercent(share) {
  const percent = share * 100;
  return percent > 0 && percent < 0.05 ? "<0.1" : percent < 100 && percent >= 99.95 ? ">99.9" : percent.toFixed(1);
}
