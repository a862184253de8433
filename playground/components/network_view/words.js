// What maps and layers are called. The sentences come from the texts of the page.

import { fill } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { namesClasses } from "./layout.js";

/** @param {number[]} shape @returns {string} such as "6@28×28" or "120" */
export function shapeText(shape) {
  return shape.length === 1 ? String(shape[0]) : `${shape[0]}@${shape.slice(1).join("\u00d7")}`;
}

/** @param {number[]} size @returns {string} such as "5×5" */
export function sizeText(size) {
  return size.join("\u00d7");
}

/** @returns {string} the layer's kind in few characters; a kind without a text goes by PyTorch's name */
export function kindText(layer, text) {
  return fill(text[`kind_${layer.kind}`] ?? layer.kind, { kernel: layer.kernel ? sizeText(layer.kernel) : "" });
}

/** @returns {string} what a unit is called, without its layer's shape: "conv1 · channel 3" */
export function unitName(layer, unit, layers, text) {
  const key = layer.vector ? (namesClasses(layer, layers) ? "name_class" : "name_unit") : "name_channel";
  return fill(text[key], { layer: layer.name, channel: unit + 1, digit: unit });
}

/** @returns {string} for assistive technology: "conv1 channel 3 of 6, output, 28×28" */
export function unitLabel(layer, unit, layers, text) {
  const key = layer.vector ? (namesClasses(layer, layers) ? "label_class" : "label_unit") : "label_channel";
  const size = sizeText([layer.rows, layer.columns]);
  return fill(text[key], { layer: layer.name, channel: unit + 1, count: layer.units, size, digit: unit });
}

/**
 * @param {{row: number, column: number} | null} cell
 * @returns {string} the line above the picture: where the pointer is, and the value there
 */
export function readoutText(layer, unit, cell, layers, text) {
  const name = unitName(layer, unit, layers, text);
  if (layer.vector) return fill(text.readout_unit, { name, value: formatNumber(layer.values[unit]) });
  if (!cell) {
    const [low, high] = [formatNumber(layer.lows[unit]), formatNumber(layer.highs[unit])];
    return fill(text.readout_map, { name, size: sizeText([layer.rows, layer.columns]), low, high });
  }
  const value = layer.values[(unit * layer.rows + cell.row) * layer.columns + cell.column];
  return fill(text.readout_cell, { name, row: cell.row + 1, column: cell.column + 1, value: formatNumber(value) });
}
