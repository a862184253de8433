// Sizes of the bench's maps.

/** @import { Bench } from "./bench.js" */
import { acrossOf, GAP } from "./map.js";

const SIGN = 40; // width of a sign between two parts
const HIGHEST = 360; // of a map, if the window is not higher than usual
const SHARE = 0.42; // of a higher window that a map may fill
const LARGEST = 46; // side of a cell
const LEAST = 6; // side of a cell with which the maps still stand side by side
const LEAST_TO_EDIT = 24; // the same for cells into which numbers are typed
const KERNEL_CELL = 46;
const CAPTION = 140; // least width of a map with its caption

/**
 * Side of a cell, the same in the input and the output so that their sizes can be compared, in whole pixels.
 *
 * @param {Bench} bench
 * @param {number} width of the bench
 * @param {boolean} editable whether numbers are typed into the input's cells
 * @param {number} [room] height of the window
 * @returns {{cell: number, stacked: boolean}} whether the parts stand one under the other
 */
export function layOut({ padded, inShape, outShape, window, pools, count }, width, editable, room = 0) {
  const high = Math.max(HIGHEST, Math.floor(SHARE * room));
  const across = acrossOf(inShape[0]);
  const down = Math.ceil(inShape[0] / across);
  const kernel = pools ? 0 : window.kernel[1] * KERNEL_CELL * acrossOf(count) + SIGN;
  const rows = Math.max(padded.rows * down, outShape[1]);
  const widthWith = (/** @type {number} */ cell) =>
    Math.max(padded.columns * across * cell + (across - 1) * GAP, CAPTION) + Math.max(outShape[2] * cell, CAPTION);
  let cell = Math.floor(Math.min(high / rows, LARGEST));
  const least = editable ? LEAST_TO_EDIT : LEAST;
  while (cell >= least && widthWith(cell) > width - kernel - SIGN) cell--;
  if (cell >= least) return { cell, stacked: false };
  const widest = Math.max(padded.columns * across, outShape[2]);
  const most = Math.min((width - (across - 1) * GAP) / widest, high / rows, LARGEST);
  return { cell: Math.max(1, Math.floor(most)), stacked: true };
}
