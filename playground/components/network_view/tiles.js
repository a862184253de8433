// Tiles: the maps of one channel in all layers of a block, or the bars of one unit.

/** @import { Block } from "./blocks.js" */
/** @import { Grid, Rect } from "./layout.js" */
/** @import { Layer } from "./network.js" */

export const GAP = 6; // between two tiles
export const DIGIT = 16; // room for the digit in front of a class's bars
export const SHARE = 40; // and for the percentage behind them
const INNER = 4; // between the maps of a tile
const LARGEST = 224; // side of a map
const LARGEST_CELL = 24;
const SMALLEST = 8;
const FOLLOWING = 0.45; // length of a further layer's bars, as a share of the lead's

/**
 * @typedef {{width: number, height: number, parts: Rect[]}} Tile with the place of each layer of the block
 */

/**
 * Possible widths of the lead's maps, rising: each cell a whole number of pixels or, where a map is too large for that,
 * each pixel a whole number of cells.
 *
 * @param {Block} block
 * @returns {number[]}
 */
export function sizesOf({ lead }) {
  const side = lead.columns;
  const most = Math.min(LARGEST, side * LARGEST_CELL);
  const whole = Array.from({ length: Math.floor(most / side) }, (_, index) => side * (index + 1));
  const parts = [8, 7, 6, 5, 4, 3, 2].map((cells) => Math.floor(side / cells));
  const found = [...new Set([...parts, ...whole])].filter((size) => size >= SMALLEST && size <= LARGEST);
  return found.length ? found : [SMALLEST];
}

/**
 * Tile with a given width of the lead's map; beside it, at most half as large and one under the other, the maps of the
 * other layers.
 *
 * @param {Block} block
 * @param {number} size
 * @returns {Tile}
 */
export function mapTile({ lead, rest }, size) {
  const high = heightOf(lead, size);
  const sizes = rest.map((layer) => wholeSize(layer, size / Math.max(2, rest.length)));
  const heights = rest.map((layer, index) => heightOf(layer, sizes[index]));
  const beside = Math.max(0, ...sizes);
  const stacked = heights.reduce((sum, one) => sum + one + INNER, rest.length ? -INNER : 0);
  const height = Math.max(high, stacked);
  const parts = [{ x: 0, y: Math.floor((height - high) / 2), width: size, height: high }];
  // One map is in the middle; several are spread over the tile's height.
  const space = rest.length > 1 ? (height - stacked) / (rest.length - 1) : 0;
  let y = rest.length === 1 ? (height - stacked) / 2 : 0;
  for (const [index, own] of heights.entries()) {
    const x = size + INNER + Math.floor((beside - sizes[index]) / 2);
    parts.push({ x, y: Math.round(y), width: sizes[index], height: own });
    y += own + INNER + space;
  }
  return { width: size + (rest.length ? INNER + beside : 0), height, parts };
}

/** Largest width of a map up to a limit at which each cell is a whole number of pixels. @param {{columns: number}} layer @param {number} limit @returns {number} */
export function wholeSize(layer, limit) {
  const whole = Math.floor(limit / layer.columns) * layer.columns;
  return whole || Math.max(1, Math.floor(layer.columns / Math.ceil(layer.columns / limit)));
}

/** @param {Layer} layer @param {number} width of its map @returns {number} */
function heightOf(layer, width) {
  return Math.max(1, Math.round((width * layer.rows) / layer.columns));
}

/**
 * Tile of a unit's bars, which lie side by side or, if `upright`, stand one under the other.
 *
 * @param {Block} block
 * @param {number} length of the lead's bar
 * @param {number} thick
 * @param {boolean} upright
 * @returns {Tile}
 */
export function barTile({ lead, rest }, length, thick, upright) {
  let start = 0;
  const parts = [lead, ...rest].map((layer) => {
    const own = layer === lead || layer.bars ? length : Math.max(8, Math.round(FOLLOWING * length));
    const part = upright
      ? { x: 0, y: start, width: thick, height: own }
      : { x: start, y: 0, width: own, height: thick };
    start += own + INNER;
    return part;
  });
  const whole = start - INNER;
  return upright ? { width: thick, height: whole, parts } : { width: whole, height: thick, parts };
}

/**
 * Positions of the maps of each layer of a block whose tiles are arranged in rows.
 *
 * @param {Tile} tile
 * @param {number} units
 * @param {number} across number of tiles in a row
 * @param {{x: number, y: number}} gap
 * @returns {{width: number, height: number, grids: Grid[]}}
 */
export function gridsOf(tile, units, across, gap = { x: GAP, y: GAP }) {
  const down = Math.ceil(units / across);
  const [stepX, stepY] = [tile.width + gap.x, tile.height + gap.y];
  const grids = tile.parts.map(({ x, y, width, height }) => ({
    x,
    y,
    across,
    unitWidth: width,
    unitHeight: height,
    stepX,
    stepY,
    width: (across - 1) * stepX + width,
    height: (down - 1) * stepY + height,
  }));
  return { width: across * stepX - gap.x, height: down * stepY - gap.y, grids };
}

/**
 * Number of tiles in a row, at least `least`, with which no row is partly empty; `least` where that needs more than
 * twice as many, as with a prime number of channels.
 *
 * @param {number} units
 * @param {number} least
 * @returns {number}
 */
export function fullRows(units, least) {
  let across = least;
  while (units % across) across++;
  return across <= 2 * least ? across : least;
}
