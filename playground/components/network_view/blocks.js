// Blocks of the picture: a layer that mixes its inputs, and the layers that go on with its channels one by one.

/** @import { Layer } from "./network.js" */

/**
 * @typedef {object} Block
 * @property {Layer} lead the layer that mixes, or the input
 * @property {Layer[]} rest the layers after it, such as ReLU and pooling: each reads just the one before it, channel by
 *     channel
 */

/**
 * Divide the layers into blocks, in their order.
 *
 * @param {Layer[]} layers
 * @returns {Block[]}
 */
export function findBlocks(layers) {
  /** @type {Block[]} */
  const blocks = [];
  for (const layer of layers) {
    const last = blocks[blocks.length - 1];
    if (last && goesOn(layer, last.rest[last.rest.length - 1] ?? last.lead)) last.rest.push(layer);
    else blocks.push({ lead: layer, rest: [] });
  }
  return blocks;
}

/** @param {Block} block @returns {Layer[]} all its layers */
export function layersOf({ lead, rest }) {
  return [lead, ...rest];
}

/** True if a layer's units are those of the layer before it, one by one. @param {Layer} layer @param {Layer} before */
function goesOn(layer, before) {
  const alone = layer.from.length === 1 && layer.from[0] === before;
  const same = layer.units === before.units && layer.vector === before.vector;
  return alone && same && before.from.length > 0 && (layer.bars || !layer.mixes);
}
