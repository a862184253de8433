import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const batch_norm = elementwise({
  forward(text, input, { kernel, bias, layer }) {
    if (!kernel) return null;
    const [mean, factor] = [kernel[1], factorOf(kernel, layer.settings.epsilon)];
    return {
      sum: (input - mean) * factor + bias,
      words: `(${formatNumber(input)} \u2212 ${formatNumber(mean)}) \u00d7 ${formatNumber(factor)} + ${formatNumber(bias)}`,
      line: text["batch_norm.forward"],
      size: (Math.abs(input) + Math.abs(mean)) * Math.abs(factor) + Math.abs(bias),
    };
  },
  backward: (text, arriving, _input, _output, reader, { onward }) =>
    onward && {
      ...timesSlope(arriving, factorOf(onward, reader.settings.epsilon)),
      line: text["batch_norm.backward"],
    },
});

/** @param {Float32Array} numbers weight, mean and variance of a channel @param {number} epsilon */
function factorOf([weight, , variance], epsilon) {
  return weight / Math.sqrt(variance + epsilon);
}
