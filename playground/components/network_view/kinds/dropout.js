import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const dropout = elementwise(
  {
    forward: (text, input) => ({ sum: input, words: formatNumber(input), line: text["dropout.forward"] }),
    backward: (text, arriving) => ({ ...timesSlope(arriving, 1), line: text["dropout.backward"] }),
  },
  ({ from: [source], values }) => values.set(source.values),
);
