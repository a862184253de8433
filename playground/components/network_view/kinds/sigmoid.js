import { formatNumber } from "../../shared/numbers.js";
import { elementwise, timesSlope } from "./elementwise.js";

export const sigmoid = elementwise({
  forward: (_, input) => ({ sum: 1 / (1 + Math.exp(-input)), words: `1 / (1 + exp(${formatNumber(-input)}))` }),
  backward: (text, arriving, _, output) => ({
    ...timesSlope(arriving, (1 - output) * output),
    line: text["sigmoid.slope"],
  }),
});
