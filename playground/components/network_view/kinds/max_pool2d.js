/** @import { Layer } from "../network.js" */
import { fill } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { hasWindow } from "../network.js";
import { pooling } from "./window.js";

export const max_pool2d = pooling(
  {
    forward(text, { values, cells }, { layer, unit, row, column }) {
      const [source] = layer.from;
      const best = winner(layer, unit, row, column);
      const marked = cells.indexOf(best);
      const line = fill(text["max_pool2d.largest"], {
        count: cells.filter((cell) => cell >= 0).length,
        value: formatNumber(values[marked]),
        row: Math.floor(best / source.columns),
        column: best % source.columns,
        layer: source.name,
      });
      return { sum: values[marked], size: 0, marked, line };
    },
    share: (reader, unit, at, { row, column }) =>
      winner(reader, unit, at.row, at.column) === row * reader.from[0].columns + column ? 1 : 0,
    backward(text, reader, windows, shares) {
      const won = windows.filter((_, place) => shares[place]);
      const key = ["max_pool2d.lost", "max_pool2d.won"][won.length] ?? "max_pool2d.shared";
      return fill(text[key], { layer: reader.name, count: won.length, ...(won[0] ?? windows[0]) });
    },
  },
  (layer) => {
    const [source] = layer.from;
    const size = source.rows * source.columns;
    for (let unit = 0, cell = 0; unit < layer.units; unit++) {
      for (let row = 0; row < layer.rows; row++) {
        for (let column = 0; column < layer.columns; column++, cell++) {
          layer.values[cell] = source.values[unit * size + winner(layer, unit, row, column)];
        }
      }
    }
  },
);

/**
 * Position of the largest value in a window; of equal ones, the first in reading order, as in PyTorch.
 *
 * @param {Layer} layer
 * @param {number} unit
 * @param {number} row
 * @param {number} column
 * @returns {number} index into the unit's map of the source
 */
export function winner(layer, unit, row, column) {
  if (!hasWindow(layer)) return -1;
  const [source] = layer.from;
  const [height, width] = layer.kernel;
  const top = row * layer.stride[0] - layer.padding[0];
  const left = column * layer.stride[1] - layer.padding[1];
  const start = unit * source.rows * source.columns;
  let best = -1;
  for (let i = 0; i < height; i++) {
    const y = top + i * layer.dilation[0];
    if (y < 0 || y >= source.rows) continue;
    for (let j = 0; j < width; j++) {
      const x = left + j * layer.dilation[1];
      if (x < 0 || x >= source.columns) continue;
      const place = y * source.columns + x;
      const value = source.values[start + place];
      if (best < 0 || value > source.values[start + best] || Number.isNaN(value)) best = place;
    }
  }
  return best;
}
