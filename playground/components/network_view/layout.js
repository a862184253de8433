// Positions of everything in the picture; pure functions of the layers and a size.

/** @import { Block } from "./blocks.js" */
/** @import { Layer, Patch } from "./network.js" */
import { columns } from "./columns.js";
import { rows } from "./rows.js";

/**
 * @typedef {object} Grid positions of one layer's maps, in CSS pixels
 * @property {number} x left edge of the first map
 * @property {number} y its top edge
 * @property {number} across number of maps in a row
 * @property {number} unitWidth
 * @property {number} unitHeight
 * @property {number} stepX from one map to the next
 * @property {number} stepY
 * @property {number} width of all maps together
 * @property {number} height
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 *
 * @typedef {Rect & {block: Block}} Frame rectangle of a block: its heading, and under it the maps of its layers
 *
 * @typedef {object} Layout
 * @property {boolean} wide true for blocks from left to right, false for rows from top to bottom
 * @property {number} width
 * @property {number} height
 * @property {Grid[]} boxes of each layer
 * @property {Frame[]} frames of each block; in rows, of each layer
 */

const WIDE = 500;
const NARROWEST = 100; // while the page is being built, the container may be narrower than any map

/**
 * @param {Layer[]} layers
 * @param {number} width of the container
 * @param {number} room height that a picture of columns may fill, if that is more than it needs
 * @returns {Layout}
 */
export function arrange(layers, width, room = 0) {
  return (width >= WIDE && columns(layers, width, room)) || rows(layers, Math.max(width, NARROWEST));
}

/**
 * Rectangle around the block of a layer, or in rows around the layer: its heading and its maps.
 *
 * @param {Layout} layout
 * @param {Layer} layer
 * @returns {Frame}
 */
export function placeOfLayer(layout, layer) {
  const own = layout.frames.find(({ block }) => block.lead === layer || block.rest.includes(layer));
  return /** @type {Frame} */ (own);
}

/** @param {Grid} box @param {number} unit @returns {Rect} */
export function placeOf(box, unit) {
  return {
    x: box.x + (unit % box.across) * box.stepX,
    y: box.y + Math.floor(unit / box.across) * box.stepY,
    width: box.unitWidth,
    height: box.unitHeight,
  };
}

/** Smallest rectangle around some others. @param {Rect[]} rects at least one @returns {Rect} */
export function boundsOf(rects) {
  const [x, y] = [Math.min(...rects.map((one) => one.x)), Math.min(...rects.map((one) => one.y))];
  const right = Math.max(...rects.map((one) => one.x + one.width));
  const bottom = Math.max(...rects.map((one) => one.y + one.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** @param {Rect} place @param {number} margin @returns {string} SVG path */
export function rectPath(place, margin = 0) {
  const [width, height] = [place.width + 2 * margin, place.height + 2 * margin];
  return `M${place.x - margin} ${place.y - margin}h${width}v${height}h${-width}Z`;
}

/**
 * Part of a map's rectangle that a patch covers, without the padding around the map.
 *
 * @param {Rect} place rectangle of the map
 * @param {Patch} patch
 * @param {number} rowCount of the map
 * @param {number} columnCount
 * @returns {Rect}
 */
export function placeOfPatch(place, patch, rowCount, columnCount) {
  const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(0, Math.min(most, value));
  const [top, bottom] = [clamp(patch.top, rowCount), clamp(patch.top + patch.height, rowCount)];
  const [left, right] = [clamp(patch.left, columnCount), clamp(patch.left + patch.width, columnCount)];
  const [cellWidth, cellHeight] = [place.width / columnCount, place.height / rowCount];
  return {
    x: place.x + left * cellWidth,
    y: place.y + top * cellHeight,
    width: (right - left) * cellWidth,
    height: (bottom - top) * cellHeight,
  };
}

/**
 * Curve from a source map to the map that reads it.
 *
 * @param {Rect} from
 * @param {Rect} to
 * @param {boolean} wide
 */
export function curve(from, to, wide) {
  if (wide) {
    const [x0, y0, x1, y1] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = (x1 - x0) / 2;
    return `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  const [x0, y0, x1, y1] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const bend = (y1 - y0) / 2;
  return `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`;
}
