import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

const FACTOR = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

export const gelu = elementwise({
  forward(text, input, { layer }) {
    const share = shareOf(input, layer.settings.approximate);
    const line = text[layer.settings.approximate === "tanh" ? "gelu.tanh" : "gelu.exact"];
    return {
      sum: input * share,
      words: `${formatNumber(input)} \u00d7 ${formatNumber(share)}`,
      line,
      size: Math.abs(input), // PyTorch adds 1 to a number that may be close to -1
    };
  },
  backward(text, arriving, input, _, reader) {
    const slope = slopeOf(input, reader.settings.approximate);
    const size = Math.abs(arriving) * (1 + Math.abs(input));
    return { ...timesSlope(arriving, slope), line: text["gelu.slope"], size };
  },
});

/** Factor by which GELU multiplies its input: Φ(x) or its approximation. @param {number} x @param {string} approximate */
function shareOf(x, approximate) {
  return (1 + (approximate === "tanh" ? Math.tanh(FACTOR * (x + CUBIC * x ** 3)) : erf(x / Math.SQRT2))) / 2;
}

/** @param {number} x @param {string} approximate */
function slopeOf(x, approximate) {
  if (approximate !== "tanh") return shareOf(x, approximate) + (x * FACTOR * Math.exp((-x * x) / 2)) / 2;
  const tanh = Math.tanh(FACTOR * (x + CUBIC * x ** 3));
  const square = Math.fround(x * x); // infinite if too large for single precision, as in PyTorch
  return (1 + tanh) / 2 + (x / 2) * (1 - tanh * tanh) * (FACTOR * (1 + 3 * CUBIC * square));
}

/**
 * Error function, by its series or, where that would lose precision, by its continued fraction.
 *
 * @param {number} x
 */
export function erf(x) {
  const size = Math.abs(x);
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = size;
  for (let n = 40; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / fraction);
}
