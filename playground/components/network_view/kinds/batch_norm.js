/** @import { Words } from "../../shared/types.js" */
/** @import { Made } from "./elementwise.js" */
import { fill } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const batch_norm = elementwise({
  forward(text, input, { kernel, bias, layer }) {
    if (!kernel) return null;
    const { epsilon, training } = layer.settings;
    const [mean, factor] = [kernel[1], factorOf(kernel, epsilon)];
    return {
      sum: (input - mean) * factor + bias,
      words: `(${formatNumber(input)} \u2212 ${signed(mean)}) \u00d7 ${formatNumber(factor)} + ${signed(bias)}`,
      line: training ? sayOfBatch(text, kernel, epsilon) : text["batch_norm.forward"],
      size: (Math.abs(input) + Math.abs(mean)) * Math.abs(factor) + Math.abs(bias),
    };
  },
  backward(text, arriving, input, _output, reader, { onward }) {
    if (!onward) return null;
    const factor = factorOf(onward, reader.settings.epsilon);
    if (reader.settings.training)
      return throughStatistics(text, arriving, input, factor, onward, reader.settings.epsilon);
    return { ...timesSlope(arriving, factor), line: text["batch_norm.backward"] };
  },
});

/**
 * Gradient in training mode, where mean and variance depend on every number of the batch.
 *
 * @param {Words} text
 * @param {number} arriving
 * @param {number} input
 * @param {number} factor
 * @param {Float32Array} numbers as in `sayOfBatch`
 * @param {number} epsilon
 * @returns {Made | null}
 */
function throughStatistics(text, arriving, input, factor, [, mean, variance, , average, projection], epsilon) {
  if (Number.isNaN(average) && !Number.isNaN(arriving)) return null;
  const normalized = (input - mean) / Math.sqrt(variance + epsilon);
  return {
    sum: factor * (arriving - average - normalized * projection),
    words: `${formatNumber(factor)} \u00d7 (${formatNumber(arriving)} \u2212 ${signed(average)} \u2212 ${signed(normalized)} \u00d7 ${signed(projection)})`,
    line: text["batch_norm.backward_training"],
    size: 4 * Math.abs(factor) * (Math.abs(arriving) + Math.abs(average) + Math.abs(normalized * projection)),
  };
}

/**
 * @param {Words} text
 * @param {Float32Array} numbers weight, mean, variance and count of a channel in the batch, mean of its gradient, and of
 *     gradient × normalized input
 * @param {number} epsilon
 */
function sayOfBatch(text, [weight, mean, variance, count], epsilon) {
  return fill(text["batch_norm.forward_training"], {
    count: String(count),
    mean: formatNumber(mean),
    variance: formatNumber(variance),
    weight: formatNumber(weight),
    epsilon: String(epsilon),
  });
}

/** @param {number} value @returns {string} the number, in brackets if it is negative */
function signed(value) {
  return value < 0 ? `(${formatNumber(value)})` : formatNumber(value);
}

/** @param {Float32Array} numbers weight, mean and variance of a channel @param {number} epsilon */
function factorOf([weight, , variance], epsilon) {
  return weight / Math.sqrt(variance + epsilon);
}
