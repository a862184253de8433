// Names and descriptions of maps and layers, from the texts of the page.

/** @import { Words } from "../shared/types.js" */
/** @import { Block } from "./blocks.js" */
/** @import { Layer } from "./network.js" */
import { fill } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { layersOf } from "./blocks.js";
import { namesClasses } from "./classes.js";

/** @param {number[]} shape @returns {string} such as "6@28×28" or "120" */
export function shapeText(shape) {
  return shape.length === 1 ? String(shape[0]) : `${shape[0]}@${shape.slice(1).join("\u00d7")}`;
}

/** @param {Layer} layer @returns {number[]} shape of the whole output, of which a part may be shown */
export function wholeShape(layer) {
  return layer.whole ?? layer.shape;
}

/** @param {Layer} layer @param {number} unit place among the units that are shown @returns {number} the unit's own number */
export function numberOf(layer, unit) {
  return layer.numbers?.[unit] ?? unit;
}

/** @param {Layer} layer @param {number} at row or column among those that are shown @returns {number} its own number */
function lineOf(layer, at) {
  return at * (layer.step ?? 1);
}

/** @param {Block} block @returns {string} such as "6@28×28 → 14×14": the lead's shape, and each other size after it */
export function blockShape(block) {
  const [first, ...rest] = layersOf(block).map(wholeShape);
  const sizes = [first.slice(1), ...rest.map((shape) => shape.slice(1))].map(sizeText);
  const others = sizes.filter((size, index) => index > 0 && size !== sizes[index - 1]);
  return [shapeText(first), ...others].join(" \u2192 ");
}

/** @param {number[]} size @returns {string} such as "5×5" */
export function sizeText(size) {
  return size.join("\u00d7");
}

/**
 * @param {Layer} layer
 * @param {Words} text
 * @returns {string} short name of the layer's kind; PyTorch's name if there is no text for it
 */
export function kindText(layer, text) {
  return fill(text[`${layer.kind}.label`] ?? layer.kind, { kernel: layer.kernel ? sizeText(layer.kernel) : "" });
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @param {Layer[]} layers
 * @param {Words} text
 * @returns {string} name of a unit, without its layer's shape: "conv1 · channel 3"
 */
export function unitName(layer, unit, layers, text) {
  const key = layer.vector ? (namesClasses(layer, layers) ? "name_class" : "name_unit") : "name_channel";
  const number = numberOf(layer, unit);
  const label = layer.labels?.[unit];
  return fill(text[key], { layer: layer.name, channel: number, digit: label ? `${number} ${label}` : number });
}

/** @param {Layer} layer @param {Words} text @returns {string} what is shown of a layer: its output, its gradient, or nothing yet */
export function sideText(layer, text) {
  return { activation: text.output, gradient: text.gradient, again: text.again, none: text.unknown }[layer.state];
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @param {Layer[]} layers
 * @param {Words} text
 * @returns {string} for assistive technology: "conv1 channel 3 of 6, output, 28×28"
 */
export function unitLabel(layer, unit, layers, text) {
  const key = layer.vector ? (namesClasses(layer, layers) ? "label_class" : "label_unit") : "label_channel";
  const [count, ...sides] = wholeShape(layer);
  const number = numberOf(layer, unit);
  const label = fill(text[key], {
    layer: layer.name,
    channel: number,
    count,
    size: sizeText(sides.length === 2 ? sides : [layer.rows, layer.columns]),
    digit: number,
    side: sideText(layer, text),
  });
  return layer.off.has(unit) ? fill(text.label_off, { name: label }) : label;
}

/** @param {Layer} layer @param {Words} text @returns {string} for assistive technology, of a layer: "conv1, conv 5×5, output 6@28×28" */
export function layerLabel(layer, text) {
  return fill(text.label_layer, {
    layer: layer.name,
    kind: kindText(layer, text),
    shape: shapeText(wholeShape(layer)),
    side: sideText(layer, text),
  });
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @param {{row: number, column: number} | null} cell
 * @param {Layer[]} layers
 * @param {Words} text
 * @param {boolean} backward true during the backward pass
 * @returns {string} line above the picture: the position of the pointer and the value there
 */
export function readoutText(layer, unit, cell, layers, text, backward) {
  const own = unitName(layer, unit, layers, text);
  const name = layer.off.has(unit) ? fill(text.label_off, { name: own }) : own;
  const seen = (layer.state === "again" && layer.again) || layer;
  const at = (/** @type {Layer} */ face) =>
    face.values[unit * layer.rows * layer.columns + (cell ? cell.row * layer.columns + cell.column : 0)];
  const one = layer.vector || cell;
  const where =
    layer.vector || !cell
      ? name
      : fill(text.readout_where, {
          name,
          row: lineOf(layer, cell.row),
          column: lineOf(layer, cell.column),
        });
  if (layer.state === "none") return fill(text.readout_unknown, { name: where });
  if (layer.state === "gradient" && layer.gradient) {
    if (one)
      return fill(text.readout_gradient, {
        name: where,
        gradient: formatNumber(at(layer.gradient)),
        value: formatNumber(at(layer)),
      });
    return fill(text.readout_gradient_map, {
      name,
      size: sizeText([layer.rows, layer.columns]),
      span: spanText(layer.gradient, unit, text),
    });
  }
  const line = one
    ? fill(text.readout_value, { name: where, value: formatNumber(at(seen)) })
    : fill(text.readout_map, { name, size: sizeText([layer.rows, layer.columns]), span: spanText(seen, unit, text) });
  if (seen !== layer) return line + text.readout_again;
  if (!backward) return line;
  return line + (layer.gradient ? text.readout_later : text.readout_never);
}

/**
 * @param {{layer: Layer, unit: number, value: number}} most
 * @param {Layer[]} layers
 * @param {Words} text
 * @returns {string} end of the line above the picture: the largest contribution
 */
export function contributionText({ layer, unit, value }, layers, text) {
  return fill(text.readout_most, { from: unitName(layer, unit, layers, text), value: formatNumber(value) });
}

/** @param {Layer} face @param {number} unit @param {Words} text @returns {string} range of the values, and the number of those that are NaN or infinite */
function spanText(face, unit, text) {
  const wild = face.wild[unit];
  const span = Number.isNaN(face.lows[unit])
    ? ""
    : fill(text.span, { low: formatNumber(face.lows[unit]), high: formatNumber(face.highs[unit]) });
  return [span, wild && fill(text.span_wild, { count: wild })].filter(Boolean).join(", ");
}
