import { spanOf } from "../network.js";
import { averaging } from "./window.js";

export const adaptive_avg_pool2d = averaging(
  "adaptive_avg_pool2d",
  (layer, row, column) => (spanOf(layer, 0, row)?.count ?? 0) * (spanOf(layer, 1, column)?.count ?? 0),
);
