// The arithmetic of one cell, in double precision from the values that PyTorch computed in single precision.

/** @import { Windowed } from "./network.js" */
import { unitsRead } from "./network.js";

const SMALLEST = 2 ** -126; // below it, single precision has fewer digits

/**
 * @typedef {object} Worked the sum behind one value
 * @property {number} sum what the arithmetic gives
 * @property {number} size sum of the magnitudes that were added, which bounds what rounding can do
 *
 * @typedef {object} Part one channel's part of such a sum, in arrays of the kernel's height × width
 * @property {Float64Array} patch 0 where there is no value, which `inside` tells
 * @property {Float64Array} weights
 * @property {Float64Array} products
 * @property {Uint8Array} inside
 * @property {number} sum
 * @property {number} size
 * @property {number} most largest magnitude of a product
 */

/**
 * One source channel's part of a convolution's cell.
 *
 * @param {Windowed} layer
 * @param {number} unit
 * @param {number} part which of the source channels that the unit reads
 * @param {number} row of the cell
 * @param {number} column
 * @param {Float32Array} kernel (parts, height, width) of this unit
 * @returns {Part} inside is what doesn't lie in the padding
 */
export function convolvePart(layer, unit, part, row, column, kernel) {
  const source = layer.from[0];
  const [height, width] = layer.kernel;
  const channel = unitsRead(layer, source, unit).first + part;
  const count = height * width;
  const patch = new Float64Array(count);
  const weights = Float64Array.from(kernel.subarray(part * count, (part + 1) * count));
  const products = new Float64Array(count);
  const inside = new Uint8Array(count);
  let [sum, size, most] = [0, 0, 0];
  for (let i = 0, cell = 0; i < height; i++) {
    const y = row * layer.stride[0] - layer.padding[0] + i * layer.dilation[0];
    for (let j = 0; j < width; j++, cell++) {
      const x = column * layer.stride[1] - layer.padding[1] + j * layer.dilation[1];
      if (y >= 0 && y < source.rows && x >= 0 && x < source.columns) {
        inside[cell] = 1;
        patch[cell] = source.values[(channel * source.rows + y) * source.columns + x];
      }
      products[cell] = patch[cell] * weights[cell];
      sum += products[cell];
      size += Math.abs(products[cell]);
      most = Math.max(most, Math.abs(products[cell]));
    }
  }
  return { patch, weights, products, inside, sum, size, most };
}

/**
 * A convolution's cell: the sum of its parts and the bias.
 *
 * @param {Windowed} layer
 * @param {number} unit
 * @param {number} row
 * @param {number} column
 * @param {Float32Array} kernel (parts, height, width)
 * @param {number} bias
 * @returns {Worked & {parts: number[], most: number}} with each source channel's sum, and the largest product
 */
export function convolve(layer, unit, row, column, kernel, bias) {
  const { count } = unitsRead(layer, layer.from[0], unit);
  /** @type {number[]} */
  const parts = [];
  let [sum, size, most] = [bias, Math.abs(bias), 0];
  for (let part = 0; part < count; part++) {
    const worked = convolvePart(layer, unit, part, row, column, kernel);
    parts.push(worked.sum);
    sum += worked.sum;
    size += worked.size;
    most = Math.max(most, worked.most);
  }
  return { parts, sum, size, most };
}

/**
 * A linear layer's unit: source values times weights, summed, plus the bias.
 *
 * @param {Float32Array} source
 * @param {Float32Array} weights
 * @param {number} bias
 * @returns {Worked & {products: Float64Array, total: number}} with the total before the bias
 */
export function weigh(source, weights, bias) {
  const products = new Float64Array(source.length);
  let total = 0;
  let size = Math.abs(bias);
  for (let i = 0; i < source.length; i++) {
    products[i] = source[i] * weights[i];
    total += products[i];
    size += Math.abs(products[i]);
  }
  return { products, total, sum: total + bias, size };
}

/**
 * Gradient that one channel of a convolution sends back to one cell of its source: each cell of the channel that read it, by the
 * weight with which it did.
 *
 * @param {Windowed} layer the convolution, whose gradient is known
 * @param {number} channel of it
 * @param {number} part which of `weights` belong to it
 * @param {number} row of the source's cell
 * @param {number} column
 * @param {Float32Array} weights (parts, height, width) that the convolution's channels have for the source's channel
 * @returns {Part} inside is where a cell of the channel read the source's with that weight
 */
export function sendBackPart(layer, channel, part, row, column, weights) {
  const [height, width] = layer.kernel;
  const count = height * width;
  const own = Float64Array.from(weights.subarray(part * count, (part + 1) * count));
  const [patch, products, inside] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  let [sum, size, most] = [0, 0, 0];
  for (let i = 0, cell = 0; i < height; i++) {
    const y = (row + layer.padding[0] - i * layer.dilation[0]) / layer.stride[0];
    for (let j = 0; j < width; j++, cell++) {
      const x = (column + layer.padding[1] - j * layer.dilation[1]) / layer.stride[1];
      const read =
        Number.isInteger(y) && Number.isInteger(x) && y >= 0 && y < layer.rows && x >= 0 && x < layer.columns;
      if (!read || !layer.gradient) continue;
      inside[cell] = 1;
      patch[cell] = layer.gradient.values[(channel * layer.rows + y) * layer.columns + x];
      products[cell] = patch[cell] * own[cell];
      sum += products[cell];
      size += Math.abs(products[cell]);
      most = Math.max(most, Math.abs(products[cell]));
    }
  }
  return { patch, weights: own, products, inside, sum, size, most };
}

/**
 * Gradient that all channels of a convolution that read a source's channel send back to one of its cells.
 *
 * @param {Windowed} layer
 * @param {number} first of those channels
 * @param {number} count of them
 * @param {number} row of the source's cell
 * @param {number} column
 * @param {Float32Array} weights (parts, height, width)
 * @returns {Worked & {parts: number[], most: number}}
 */
export function sendBack(layer, first, count, row, column, weights) {
  const worked = Array.from({ length: count }, (_, part) =>
    sendBackPart(layer, first + part, part, row, column, weights),
  );
  const total = (/** @type {"sum" | "size"} */ key) => worked.reduce((sum, part) => sum + part[key], 0);
  return {
    parts: worked.map((part) => part.sum),
    sum: total("sum"),
    size: total("size"),
    most: Math.max(...worked.map((part) => part.most)),
  };
}

/**
 * Softmax, the way that doesn't overflow: the largest logit is taken away first.
 *
 * @param {Float32Array} logits
 * @returns {{most: number, shifted: number[], powers: number[], total: number, shares: number[]}}
 */
export function softmax(logits) {
  const most = Math.max(...logits);
  const shifted = Array.from(logits, (logit) => logit - most);
  const powers = shifted.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { most, shifted, powers, total, shares: powers.map((power) => power / total) };
}

/**
 * True if a sum worked out here is the value that PyTorch computed, up to its rounding to single precision.
 *
 * @param {Worked} worked
 * @param {number} value NaN agrees with NaN, and an infinity with what single precision can't hold
 */
export function matches(worked, value) {
  const rounded = Math.fround(worked.sum);
  if (!Number.isFinite(rounded) || !Number.isFinite(value)) return Object.is(rounded, value);
  return Math.abs(worked.sum - value) <= 2e-6 * (worked.size + Math.abs(value)) + SMALLEST;
}
