/** @import { Words } from "../../shared/types.js" */
/** @import { Made } from "./elementwise.js" */
import { fill } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const dropout = elementwise(
  {
    forward(text, input, { kernel, layer, row, column, value }) {
      const { training, p } = layer.settings;
      if (!training) return { sum: input, words: formatNumber(input), line: text["dropout.forward"] };
      const factor = kernel ? kernel[row * layer.columns + column] : seen(input, value, p);
      return masked(text, "forward", input, factor, p);
    },
    backward(text, arriving, input, output, reader, { onward, row, column }) {
      const { training, p } = reader.settings;
      if (!training) return { ...timesSlope(arriving, 1), line: text["dropout.backward"] };
      const factor = onward ? onward[row * reader.columns + column] : seen(input, output, p);
      return Number.isNaN(factor) && arriving ? null : masked(text, "backward", arriving, factor, p);
    },
  },
  ({ from: [source], values }) => values.set(source.values),
);

/**
 * Factor of the mask as it shows in an output, NaN where the input is 0.
 *
 * @param {number} input
 * @param {number} output
 * @param {number} p
 */
function seen(input, output, p) {
  if (!input) return Number.NaN;
  return output ? 1 / (1 - p) : 0;
}

/**
 * @param {Words} text
 * @param {"forward" | "backward"} way
 * @param {number} value
 * @param {number} factor of the mask, NaN where a zero doesn't show it
 * @param {number} p
 * @returns {Made}
 */
function masked(text, way, value, factor, p) {
  if (Number.isNaN(factor)) return { sum: 0, words: formatNumber(0), line: text["dropout.unseen"] };
  const line = text[`dropout.${way}_${factor ? "kept" : "dropped"}`];
  return {
    ...timesSlope(value, factor),
    line: fill(line, { p: formatNumber(p), kept: formatNumber(1 - p), factor: formatNumber(factor) }),
  };
}
