// Marks over a map: its padding, the window, cells that won.

/** @import { Cell } from "./cells.js" */
/** @import { makeMap } from "./map.js" */

/** @typedef {ReturnType<typeof makeMap>} BenchMap */

/**
 * Veil what lies in the padding, and draw the input's border.
 *
 * @param {BenchMap} map
 * @param {number} margin of the padding in cells
 * @param {{ground: string, line: string}} colors
 */
export function markPadding(map, margin, { ground, line }) {
  if (!margin) return;
  const { context } = map;
  const { units, rows, columns, cell } = map.face();
  const [width, height, rim] = [columns * cell, rows * cell, margin * cell];
  for (let unit = 0; unit < units; unit++) {
    const { x, y } = map.cornerOf(unit);
    context.save();
    context.globalAlpha = 0.55;
    context.fillStyle = ground;
    context.fillRect(x, y, width, rim);
    context.fillRect(x, y + height - rim, width, rim);
    context.fillRect(x, y + rim, rim, height - 2 * rim);
    context.fillRect(x + width - rim, y + rim, rim, height - 2 * rim);
    context.restore();
    context.save();
    context.strokeStyle = line;
    context.setLineDash([4, 3]);
    context.strokeRect(x + rim - 0.5, y + rim - 0.5, width - 2 * rim + 1, height - 2 * rim + 1);
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    context.restore();
  }
}

/**
 * Frame cells: one frame around all where they lie side by side, else one around each and a thin one around all.
 *
 * @param {BenchMap} map
 * @param {number} unit
 * @param {Cell[]} cells
 * @param {{accent: string, ground: string}} colors
 * @param {boolean} apart whether the cells don't touch each other
 */
export function frameCells(map, unit, cells, { accent, ground }, apart) {
  if (!cells.length) return;
  const { context } = map;
  const { cell } = map.face();
  const { x, y } = map.cornerOf(unit);
  const [rows, columns] = [cells.map((one) => one.row), cells.map((one) => one.column)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const around = { x: x + left * cell, y: y + top * cell };
  const [width, height] = [(Math.max(...columns) - left + 1) * cell, (Math.max(...rows) - top + 1) * cell];
  if (apart) {
    for (const one of cells) frame(context, x + one.column * cell, y + one.row * cell, cell, cell, accent, ground);
    context.strokeStyle = accent;
    context.lineWidth = 1;
    context.strokeRect(around.x - 0.5, around.y - 0.5, width + 1, height + 1);
  } else frame(context, around.x, around.y, width, height, accent, ground);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width @param {number} height @param {string} accent @param {string} ground */
function frame(context, x, y, width, height, accent, ground) {
  context.lineWidth = 4;
  context.strokeStyle = ground;
  context.strokeRect(x, y, width, height);
  context.lineWidth = 2;
  context.strokeStyle = accent;
  context.strokeRect(x, y, width, height);
}

/**
 * Dot in the middle of each of some cells.
 *
 * @param {BenchMap} map
 * @param {Iterable<Cell>} cells
 * @param {{accent: string, ground: string}} colors
 * @param {number} share of the cell's side
 */
export function dotCells(map, cells, { accent, ground }, share) {
  const { context } = map;
  const { cell } = map.face();
  const radius = Math.max(1, (cell * share) / 2);
  context.fillStyle = accent;
  context.strokeStyle = ground;
  context.lineWidth = 1;
  for (const { row, column } of cells) {
    context.beginPath();
    context.arc((column + 0.5) * cell, (row + 0.5) * cell, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/**
 * Veil the channels that aren't read, or the cells that come after one.
 *
 * @param {BenchMap} map
 * @param {number} unit
 * @param {number} from number of the first cell in reading order
 * @param {string} ground
 */
export function veil(map, unit, from, ground) {
  const { context } = map;
  const { rows, columns, cell } = map.face();
  const { x, y } = map.cornerOf(unit);
  const [row, column] = [Math.floor(from / columns), from % columns];
  context.save();
  context.globalAlpha = 0.82;
  context.fillStyle = ground;
  if (row < rows) context.fillRect(x + column * cell, y + row * cell, (columns - column) * cell, cell);
  if (row + 1 < rows) context.fillRect(x, y + (row + 1) * cell, columns * cell, (rows - row - 1) * cell);
  context.restore();
}
