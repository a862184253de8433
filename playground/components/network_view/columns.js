// The wide picture: one column a block, from left to right.

/** @import { Block } from "./blocks.js" */
/** @import { Grid, Layout } from "./layout.js" */
/** @import { Layer } from "./network.js" */
import { findBlocks, layersOf } from "./blocks.js";
import { namesClasses } from "./classes.js";
import { barTile, DIGIT, fullRows, GAP, gridsOf, mapTile, SHARE, sizesOf } from "./tiles.js";

const LEAST_TALL = 330; // least height of the maps in a low window
const USUAL_TALL = 396; // their height in a page that doesn't fill the window, and in a picture too narrow for less
const MOST_TALL = 1600;
const WIDEST_GAP = 150; // between two blocks, for the edges
const LEAST_STEP = 3; // from one unit's bar to the next
const MOST_STEP = 8;
const MOST_CLASS_STEP = 56;
const MOST_CLASS_BAR = 24;
const MORE = 1.5; // least growth of the maps that is worth more of them in a row
const INPUT_ROWS = 6; // number of inputs that would at least fit one under the other
const INPUT = 0.7; // weight of the input, a single map that needs no more room than those after it

/**
 * @typedef {object} Plan arrangement of a block
 * @property {number} size of the lead's maps, in pixels; 0 for a vector
 * @property {number} across number of tiles in a row
 * @property {number} width
 * @property {number} height
 * @property {Grid[]} grids of each of its layers, from the block's corner
 */

/**
 * @param {Layer[]} layers
 * @param {number} width
 * @param {number} room height that the picture may fill
 * @returns {Layout | null} null if there are more blocks than columns that fit
 */
export function columns(layers, width, room) {
  const blocks = findBlocks(layers);
  const head = width < 800 ? 60 : 44; // height of the headings, in which names may need two lines
  const low = room > 0 && width >= 640 ? LEAST_TALL : USUAL_TALL;
  const tall = Math.max(low, Math.min(MOST_TALL, Math.floor(room) - head));
  const least = width < 640 ? 10 : width < 800 ? 16 : width < 1000 ? 26 : width < 1300 ? 36 : 48;
  const available = width - least * (blocks.length - 1);
  const plans = new Map(blocks.map((block) => [block, first(block, layers, tall, width)]));
  const planOf = (/** @type {Block} */ block) => /** @type {Plan} */ (plans.get(block));
  const widthOf = (/** @type {Block} */ block) => Math.max(planOf(block).width, headWidth(block, width));
  const used = () => blocks.reduce((sum, block) => sum + widthOf(block), 0);
  if (used() > available) return null;
  grow(blocks, plans, tall, () => used() <= available);
  const gap = blocks.length > 1 ? Math.min(WIDEST_GAP, least + (available - used()) / (blocks.length - 1)) : 0;
  const high = Math.max(...blocks.map((block) => planOf(block).height));
  let x = Math.max(0, (width - used() - gap * (blocks.length - 1)) / 2);
  /** @type {Grid[]} */
  const boxes = [];
  const frames = blocks.map((block) => {
    const { width: own, height, grids } = planOf(block);
    const column = widthOf(block);
    const left = Math.round(x + (column - own) / 2);
    const top = Math.round(head + (high - height) / 2);
    layersOf(block).forEach((layer, index) => {
      boxes[layer.index] = { ...grids[index], x: left + grids[index].x, y: top + grids[index].y };
    });
    const frame = { x: Math.round(x), y: 0, width: Math.round(column), height: head + high, block };
    x += column + gap;
    return frame;
  });
  return { wide: true, width, height: head + high, boxes, frames };
}

/**
 * Let the maps grow, always those with the least share of the width, as long as all fit.
 *
 * @param {Block[]} blocks
 * @param {Map<Block, Plan>} plans to change
 * @param {number} tall
 * @param {() => boolean} fits
 */
function grow(blocks, plans, tall, fits) {
  const sizeOf = (/** @type {Block} */ block) => /** @type {Plan} */ (plans.get(block)).size / weightOf(block);
  const growing = new Set(blocks.filter(({ lead }) => !lead.vector));
  while (growing.size) {
    const block = [...growing].reduce((a, b) => (sizeOf(a) <= sizeOf(b) ? a : b));
    const before = /** @type {Plan} */ (plans.get(block));
    const grown = larger(block, before, tall).some((next) => {
      plans.set(block, next);
      return fits();
    });
    if (!grown) {
      plans.set(block, before);
      growing.delete(block);
    }
  }
}

/** Relative size that a block's maps should have: larger with more cells, but less than in proportion. @param {Block} block @returns {number} */
function weightOf({ lead }) {
  return lead.columns ** 0.6 * (lead.from.length ? 1 : INPUT);
}

/** Least width of a block, for its heading. @param {Block} block @param {number} width of the picture @returns {number} */
function headWidth(block, width) {
  const longest = Math.max(...layersOf(block).map(({ name }) => name.length));
  return Math.min(width < 800 ? 44 : 64, 7 * longest + 6);
}

/**
 * The smallest plan of a block.
 *
 * @param {Block} block
 * @param {Layer[]} layers
 * @param {number} tall
 * @param {number} width of the picture
 * @returns {Plan}
 */
function first(block, layers, tall, width) {
  const { lead, rest } = block;
  if (!lead.vector) return planMaps(block, sizesOf(block)[0], tall);
  const length = width < 640 ? 24 : width < 800 ? 34 : width < 1000 ? 48 : width < 1500 ? 64 : 84;
  if (namesClasses(lead, layers)) {
    const step = Math.max(LEAST_STEP, Math.min(MOST_CLASS_STEP, Math.floor(tall / lead.units)));
    const thick = Math.min(MOST_CLASS_BAR, step - 2);
    const plan = gridsOf(barTile(block, length, thick, false), lead.units, 1, { x: 0, y: step - thick });
    const grids = plan.grids.map((grid) => ({ ...grid, x: grid.x + DIGIT }));
    const behind = rest.some((layer) => layer.bars) ? SHARE : 0;
    return { ...plan, grids, size: 0, across: 1, width: DIGIT + plan.width + behind };
  }
  const across = Math.ceil((lead.units * LEAST_STEP) / tall);
  const step = Math.min(MOST_STEP, Math.floor(tall / Math.ceil(lead.units / across)));
  const tile = barTile(block, Math.max(12, Math.floor(length / across)), step - 1, false);
  return { ...gridsOf(tile, lead.units, across, { x: GAP, y: 1 }), size: 0, across };
}

/** @param {Block} block @param {number} size of the lead's maps @param {number} tall @returns {Plan} */
function planMaps(block, size, tall) {
  const { units } = block.lead;
  const tile = mapTile(block, size);
  const down = Math.max(1, Math.floor((tall + GAP) / (tile.height + GAP)));
  const across = fullRows(units, Math.ceil(units / down));
  return { ...gridsOf(tile, units, across), size, across };
}

/**
 * Next larger plans of a block, the smallest first. More maps in a row must make the maps noticeably larger.
 *
 * @param {Block} block
 * @param {Plan} before
 * @param {number} tall
 * @returns {Plan[]}
 */
function larger(block, before, tall) {
  return sizesOf(block)
    .filter((size) => size > before.size && (block.lead.from.length || size <= tall / INPUT_ROWS))
    .map((size) => planMaps(block, size, tall))
    .filter(({ across, size, height }) => height <= tall && (across === before.across || size >= MORE * before.size));
}
