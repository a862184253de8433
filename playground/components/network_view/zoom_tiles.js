// Arrangement of the maps that an open unit reads: one tile each, with the map, its kernel and the sum of the products.

/** @import { Rect } from "./layout.js" */

export const CAPTION = 20; // height of a line over a map
export const GAP = 3; // between two tiles
export const PAD = 4; // between a tile's border and what it contains
export const NAME = 22; // width of a channel's number beside its map
const LINE = 16; // height of a number over or under a map
const EDGE = 14; // between a map and its kernel, where the edge is seen
const SUM = 56; // width of a sum
const KERNEL = 0.58; // width of a kernel, as a share of its map's
const [SMALLEST_KERNEL, LARGEST_KERNEL] = [20, 60];
const SMALLEST = 24; // width of a map
const READABLE = 28; // width of a map under which it is better to scroll
const NARROW = 640; // pixels of a list that scrolls, up to which its maps are small

/**
 * @typedef {object} Sources
 * @property {number} count of maps
 * @property {number} rows of each map
 * @property {number} columns
 * @property {number[] | null} kernel its height and width, null if there are no kernels
 *
 * @typedef {"row" | "upright" | "figure"} TileForm the parts of a tile are side by side, or one under the other; or there
 *     is just one map, with a caption
 *
 * @typedef {object} Tiles
 * @property {Rect[]} tiles from the corner of the list
 * @property {TileForm} form
 * @property {number} across number of tiles in a row
 * @property {number} map width of a map
 * @property {number} kernel width of a kernel, 0 if there is none
 * @property {number} width of all tiles together
 * @property {number} height
 * @property {boolean} scrolls true if they need more height than there is
 */

/**
 * The largest tiles that fit, in each form; if there is none, tiles of a readable size in a list that scrolls.
 *
 * @param {Sources} sources
 * @param {number} width of the list
 * @param {number} height
 * @param {number} most largest width of a map
 * @returns {Tiles[]}
 */
export function arrangeTiles(sources, width, height, most) {
  const { count, columns, kernel } = sources;
  const whole = (/** @type {number} */ size) => (size >= columns ? Math.floor(size / columns) * columns : size);
  const sizes = [...new Set(Array.from({ length: most - SMALLEST + 1 }, (_, index) => whole(most - index)))];
  const found = (/** @type {TileForm} */ form, columns = count) => {
    for (const size of sizes.filter((one) => one >= SMALLEST)) {
      const tiles = fit(sources, form, size, width, height);
      if (tiles && tiles.across <= columns) return [tiles];
    }
    return [];
  };
  if (count === 1 && !kernel) {
    const [figure] = found("figure");
    return [figure ?? place(sources, "figure", Math.min(width, SMALLEST), 1, height)];
  }
  // In one column no edge passes under another map.
  const all = [...(kernel ? [...found("row", 1), ...found("row")] : []), ...found("upright")];
  const good = all.filter(({ map }) => map >= Math.min(READABLE, most));
  if (good.length) return good;
  const size = Math.max(SMALLEST, whole(width < NARROW ? READABLE : 1.5 * READABLE));
  const { width: wide } = sizeOf(sources, "upright", size);
  const across = Math.max(1, Math.min(count, Math.floor((width + GAP) / (wide + GAP))));
  return [place(sources, "upright", size, across, height)];
}

/**
 * Tiles of a width in as few columns as the height allows.
 *
 * @param {Sources} sources
 * @param {TileForm} form
 * @param {number} size
 * @param {number} width
 * @param {number} height
 * @returns {Tiles | null} null if they don't fit
 */
function fit(sources, form, size, width, height) {
  const tile = sizeOf(sources, form, size);
  const down = Math.floor((height + GAP) / (tile.height + GAP));
  if (down < 1) return null;
  const across = Math.ceil(sources.count / down);
  return across * (tile.width + GAP) - GAP <= width ? place(sources, form, size, across, height) : null;
}

/** @param {Sources} sources @param {TileForm} form @param {number} size @param {number} across @param {number} height @returns {Tiles} */
function place(sources, form, size, across, height) {
  const tile = sizeOf(sources, form, size);
  const down = Math.ceil(sources.count / across);
  // Rows are read downwards, as the channels are in the picture; small tiles from left to right.
  const cell = (/** @type {number} */ index) =>
    form === "row" ? [Math.floor(index / down), index % down] : [index % across, Math.floor(index / across)];
  const tiles = Array.from({ length: sources.count }, (_, index) => {
    const [column, row] = cell(index);
    return { x: column * (tile.width + GAP), y: row * (tile.height + GAP), ...tile };
  });
  const all = down * (tile.height + GAP) - GAP;
  return {
    tiles,
    form,
    across,
    map: size,
    kernel: sources.kernel ? kernelOf(size) : 0,
    width: across * (tile.width + GAP) - GAP,
    height: all,
    scrolls: all > height,
  };
}

/** @param {Sources} sources @param {TileForm} form @param {number} size of its map @returns {{width: number, height: number}} */
function sizeOf({ rows, columns, kernel }, form, size) {
  const high = Math.round((size * rows) / columns);
  if (form === "figure") return { width: size, height: high + CAPTION };
  const wide = kernel ? kernelOf(size) : 0;
  const tall = kernel ? Math.round((wide * kernel[0]) / kernel[1]) : 0;
  if (form === "row")
    return { width: NAME + size + 2 * EDGE + wide + SUM + 2 * PAD, height: Math.max(high, tall, LINE) + 2 * PAD };
  const below = kernel ? tall + PAD + LINE : 0;
  return { width: Math.max(size, kernel ? SUM - 2 * PAD : 0) + 2 * PAD, height: LINE + high + below + 2 * PAD };
}

/** @param {number} size of the map */
function kernelOf(size) {
  return Math.round(Math.max(SMALLEST_KERNEL, Math.min(LARGEST_KERNEL, KERNEL * size)));
}
