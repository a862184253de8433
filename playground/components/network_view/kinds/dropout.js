/** @import { Words } from "../../shared/types.js" */
/** @import { Made } from "./elementwise.js" */
import { fill } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const dropout = elementwise(
  {
    forward(text, input, { kernel, layer, row, column }) {
      const { training, p } = layer.settings;
      if (!training) return { sum: input, words: formatNumber(input), line: text["dropout.forward"] };
      if (!kernel) return null;
      return masked(text, "forward", input, kernel[row * layer.columns + column], p);
    },
    backward(text, arriving, _input, _output, reader, { onward, row, column }) {
      const { training, p } = reader.settings;
      if (!training) return { ...timesSlope(arriving, 1), line: text["dropout.backward"] };
      return onward && masked(text, "backward", arriving, onward[row * reader.columns + column], p);
    },
  },
  ({ from: [source], values }) => values.set(source.values),
);

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
