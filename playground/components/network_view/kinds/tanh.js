import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const tanh = elementwise({
  forward: (_, input) => ({ sum: Math.tanh(input), words: `tanh(${formatNumber(input)})` }),
  backward: (text, arriving, _, output) => ({
    ...timesSlope(arriving, 1 - output * output),
    line: text["tanh.slope"],
    size: Math.abs(arriving) * (1 + output * output),
  }),
});
