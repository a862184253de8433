import { spanOf } from "../network.js";
import { averaging } from "./window.js";

export const avg_pool2d = averaging("avg_pool2d", (layer, row, column) => {
  const { settings, padding, from } = layer;
  if (settings.divisor) return settings.divisor;
  const [down, across] = /** @type {const} */ ([row, column]).map((place, axis) => {
    const { start, count } = spanOf(layer, axis ? 1 : 0, place) ?? { start: 0, count: 0 };
    const size = axis ? from[0].columns : from[0].rows;
    const end = Math.min(start + count, size + (padding?.[axis] ?? 0)); // with ceil_mode, a window may reach farther
    return settings.padded ? end - start : Math.min(end, size) - Math.max(start, 0);
  });
  return down * across;
});
