import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const leaky_relu = elementwise({
  forward(text, input, { layer }) {
    const slope = input > 0 ? 1 : layer.settings.slope;
    const line = text[input > 0 ? "leaky_relu.kept" : "leaky_relu.scaled"];
    return { sum: input * slope, words: `${formatNumber(slope)} \u00d7 ${formatNumber(input)}`, line };
  },
  backward(text, arriving, input, _, reader) {
    const line = text[input > 0 ? "leaky_relu.passed" : "leaky_relu.reduced"];
    return { ...timesSlope(arriving, input > 0 ? 1 : reader.settings.slope), line };
  },
});
