// Strips at both sides of an open unit: all blocks of the picture, small and one under the other.

/** @import { Block } from "./blocks.js" */
/** @import { Layout, Rect } from "./layout.js" */
/** @import { Layer } from "./network.js" */
import { layersOf } from "./blocks.js";
import { boundsOf } from "./layout.js";

export const STRIP = 40; // width of a strip
export const NAME = 18; // height of a block's name
const SPACE = 10; // between two blocks

/**
 * @typedef {object} Strip place of a block
 * @property {Block} block
 * @property {Rect} name
 * @property {number} x
 * @property {number} y
 * @property {number} scale
 * @property {number} moveX distance by which the block is moved after it has been scaled from the picture's corner
 * @property {number} moveY
 * @property {number} width
 * @property {number} height
 */

/**
 * Strips of a picture of columns: on the left the blocks up to that of the maps that are read, on the right the others.
 *
 * @param {Layout} layout
 * @param {Layer} layer of the open unit
 * @returns {Strip[]} in the order of the blocks
 */
export function strips(layout, layer) {
  const blocks = layout.frames.map(({ block }) => block);
  const first = blocks.findIndex((block) => layersOf(block).includes(layer));
  const [left, right] = [blocks.slice(0, first), blocks.slice(first)];
  return [...stack(left, layout, 0), ...stack(right, layout, layout.width - STRIP)];
}

/** @param {Block[]} blocks @param {Layout} layout @param {number} x @returns {Strip[]} */
function stack(blocks, layout, x) {
  const each = (layout.height + SPACE) / Math.max(1, blocks.length) - NAME - SPACE;
  const sizes = blocks.map((block) => {
    const box = boundsOf(layersOf(block).map(({ index }) => layout.boxes[index]));
    return { block, box, scale: Math.min(STRIP / box.width, each / box.height, 1) };
  });
  const used = sizes.reduce((sum, { box, scale }) => sum + NAME + box.height * scale + SPACE, -SPACE);
  let y = Math.max(0, (layout.height - used) / 2);
  return sizes.map(({ block, box, scale }) => {
    const [width, height] = [box.width * scale, box.height * scale];
    const [left, top] = [x + (STRIP - width) / 2, y + NAME];
    const name = { x, y, width: STRIP, height: NAME };
    y = top + height + SPACE;
    return {
      block,
      name,
      x: left,
      y: top,
      scale,
      moveX: left - box.x * scale,
      moveY: top - box.y * scale,
      width,
      height,
    };
  });
}
