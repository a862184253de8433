// The narrow picture: one row a block, from top to bottom.

/** @import { Block } from "./blocks.js" */
/** @import { Frame, Grid, Layout } from "./layout.js" */
/** @import { Layer } from "./network.js" */
/** @import { Tile } from "./tiles.js" */
import { findBlocks, layersOf } from "./blocks.js";
import { namesClasses } from "./classes.js";
import { barTile, DIGIT, GAP, gridsOf, mapTile, SHARE, sizesOf } from "./tiles.js";

const HEAD = 20;
const SPACE = 10; // under a block
const TALL = 136; // height up to which a block's maps may grow
const INPUT_TALL = 40; // and the input's, which is on the pad as well
const CLASS_STEP = 17;
const CLASS_BAR = 12;
const LENGTH = 26; // of an upright bar

/**
 * @param {Layer[]} layers
 * @param {number} width
 * @returns {Layout}
 */
export function rows(layers, width) {
  /** @type {Grid[]} */
  const boxes = [];
  let y = 0;
  const frames = findBlocks(layers).map((block) => {
    const lead = block.lead.vector && namesClasses(block.lead, layers) ? DIGIT : 0;
    const { grids, height } = arrangeBlock(block, width, lead > 0);
    layersOf(block).forEach((layer, index) => {
      const grid = grids[index];
      boxes[layer.index] = { ...grid, x: grid.x + lead, y: grid.y + y + HEAD };
    });
    /** @type {Frame} */
    const frame = { x: 0, y, width, height: HEAD + height, block };
    y += frame.height + SPACE;
    return frame;
  });
  return { wide: false, width, height: Math.max(1, y - SPACE), boxes, frames };
}

/** @param {Block} block @param {number} width @param {boolean} classes */
function arrangeBlock(block, width, classes) {
  const { units, vector } = block.lead;
  if (classes) {
    const bars = 1 + block.rest.filter((layer) => layer.bars).length;
    const length = Math.max(8, Math.floor((width - DIGIT - SHARE) / bars) - GAP);
    return gridsOf(barTile(block, length, CLASS_BAR, false), units, 1, { x: 0, y: CLASS_STEP - CLASS_BAR });
  }
  if (vector) {
    const step = Math.max(2, Math.min(24, Math.floor(width / units)));
    const across = Math.min(units, Math.floor(width / step));
    const gap = step > 2 ? 1 : 0;
    return gridsOf(barTile(block, LENGTH, step - gap, true), units, across, { x: gap, y: GAP });
  }
  const fitting = (/** @type {Tile} */ tile) => Math.min(units, Math.floor((width + GAP) / (tile.width + GAP)));
  const plans = sizesOf(block).flatMap((size) => {
    const tile = mapTile(block, size);
    const most = fitting(tile);
    return most ? gridsOf(tile, units, fullDown(units, most)) : [];
  });
  const tall = block.lead.from.length ? TALL : INPUT_TALL;
  const good = plans.filter(({ height }) => height <= tall);
  return good[good.length - 1] ?? plans[0] ?? gridsOf(mapTile(block, width / 2), units, 1);
}

/** Number of tiles in a row, at most `most`, without a row that is partly empty where that is possible. @param {number} units @param {number} most @returns {number} */
function fullDown(units, most) {
  const across = Array.from({ length: most }, (_, index) => most - index).find((one) => units % one === 0) ?? most;
  return 2 * across > most ? across : most;
}
