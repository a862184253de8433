// What an opened map or unit shows, most of it cut out of the parameters, which the file has once.

/** @import { File } from "./host.js" */

/**
 * @typedef {object} Cut bytes of a parameter, see unit_cuts.py
 * @property {number} parameter its place
 * @property {string} part before or after the step
 * @property {number} offset of the first block, in bytes as all sizes here
 * @property {number} block size of a block
 * @property {number} stride from one block to the next
 * @property {number} count of blocks
 *
 * @typedef {object} UnitData
 * @property {{layer: string, channel: number}} opened
 * @property {{parameters: string | null, size: string | null} | null} facts
 * @property {Record<string, Cut>} cuts by the name of what they are
 */

/** @param {Uint8Array} bytes of the parameter @param {Cut} cut @returns {Uint8Array} */
export function cutOut(bytes, { offset, block, stride, count }) {
  const found = new Uint8Array(block * count);
  for (let at = 0; at < count; at++)
    found.set(bytes.subarray(offset + at * stride, offset + at * stride + block), at * block);
  return found;
}

/**
 * @param {File} given @param {string} layer @param {number} channel
 * @returns {Record<string, unknown>} part of the data of the network's picture, see `unit_data` in Python
 */
export function unitOf(given, layer, channel) {
  const name = `${layer}-${channel}`;
  const { cuts, ...unit } = given.page.units[name];
  const parts = ["kernel", "bias", "onward", "after_kernel", "after_bias"].map((key) => {
    const cut = cuts[key];
    const bytes = cut
      ? cutOut(given[`parameter-${cut.parameter}-${cut.part}`], cut)
      : (given[`unit-${name}-${key}`] ?? new Uint8Array());
    return [key, bytes];
  });
  return { ...unit, ...Object.fromEntries(parts) };
}
