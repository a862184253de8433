import { formatNumber } from "../../shared/numbers.js";
import { elementwise } from "./elementwise.js";

export const relu = elementwise(
  {
    forward: (text, input) => ({
      sum: input < 0 ? 0 : input, // NaN stays NaN, as in PyTorch
      words: `max(0, ${formatNumber(input)})`,
      line: input < 0 ? text["relu.cut"] : text["relu.kept"],
    }),
    backward(text, arriving, _, output) {
      const passes = !(output <= 0); // NaN passes, as in PyTorch
      return {
        sum: passes ? arriving : 0,
        words: `${formatNumber(arriving)} \u00d7 ${passes ? 1 : 0}`,
        line: passes ? text["relu.passed"] : text["relu.stopped"],
      };
    },
  },
  ({ from: [source], values }) => {
    for (let i = 0; i < values.length; i++) values[i] = source.values[i] < 0 ? 0 : source.values[i];
  },
);
