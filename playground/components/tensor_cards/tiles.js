// Arrangement of a tensor of any shape in two dimensions; pure functions of the shape.

const GAP = 1; // cells between two maps

/**
 * @typedef {object} Tiles
 * @property {number} across maps beside each other
 * @property {number} maps
 * @property {number} rows of one map
 * @property {number} columns
 * @property {number} width in cells, gaps included
 * @property {number} height
 */

/** @param {number[]} shape @returns {Tiles} */
export function tilesOf(shape) {
  const axes = shape.filter((length) => length !== 1);
  if (axes.length <= 1) return wrap(axes[0] ?? 1);
  const [rows, columns] = axes.slice(-2);
  const maps = axes.slice(0, -2).reduce((product, length) => product * length, 1);
  const beside = axes.at(-3) ?? 1;
  // One row for all maps along the last leading axis, unless the picture would become too tall or too wide.
  const square = Math.max(1, Math.ceil(Math.sqrt((2 * maps * rows) / columns)));
  const across = axes.length > 3 && beside <= 4 * square && beside >= square / 4 ? beside : Math.min(maps, square);
  const down = Math.ceil(maps / across);
  return { across, maps, rows, columns, width: across * (columns + GAP) - GAP, height: down * (rows + GAP) - GAP };
}

/** Wrap a vector into the rows of one map. @param {number} length @returns {Tiles} */
function wrap(length) {
  const columns = length <= 32 ? length : Math.ceil(length / Math.ceil(length / (length <= 256 ? 32 : 64)));
  const rows = Math.ceil(length / columns);
  return { across: 1, maps: 1, rows, columns, width: columns, height: rows };
}

/** @param {Tiles} tiles @param {number} index of a number @returns {{x: number, y: number}} its cell */
export function cellOf({ across, rows, columns }, index) {
  const map = Math.floor(index / (rows * columns));
  const rest = index - map * rows * columns;
  return {
    x: (map % across) * (columns + GAP) + (rest % columns),
    y: Math.floor(map / across) * (rows + GAP) + Math.floor(rest / columns),
  };
}

/**
 * @param {Tiles} tiles
 * @param {number} x cell, across
 * @param {number} y down
 * @param {number} count of numbers
 * @returns {number} the number in a cell, -1 for a gap
 */
export function indexAt({ across, rows, columns }, x, y, count) {
  const [mapX, mapY] = [Math.floor(x / (columns + GAP)), Math.floor(y / (rows + GAP))];
  const [column, row] = [x - mapX * (columns + GAP), y - mapY * (rows + GAP)];
  if (column >= columns || row >= rows || mapX >= across || x < 0 || y < 0) return -1;
  const index = (mapY * across + mapX) * rows * columns + row * columns + column;
  return index < count ? index : -1;
}

/** @param {number} index @param {number[]} shape @returns {string} such as "[0, 3, 2, 5]" */
export function placeOfNumber(index, shape) {
  const found = [];
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    found.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return `[${found.join(", ")}]`;
}
