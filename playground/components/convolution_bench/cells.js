// Cells that a window reads: places on the input, in its padding, and back from the input to the output.

/**
 * @typedef {object} Window of a convolution or a pooling; all numbers but the kernel's hold for both axes
 * @property {[number, number]} kernel height and width
 * @property {number} stride
 * @property {number} padding
 * @property {"zeros" | "reflect" | "replicate" | "circular"} mode
 * @property {number} dilation
 * @property {number} [groups]
 * @property {boolean} [flipped]
 *
 * @typedef {[number, number, number]} Shape channels, rows, columns
 *
 * @typedef {object} Cell
 * @property {number} row
 * @property {number} column
 */

/**
 * Place in the input whose value a place in its padding has.
 *
 * @param {number} place on one axis, negative before the input
 * @param {number} side of the input
 * @param {Window["mode"]} mode
 * @returns {number} -1 for a zero
 */
export function sourceOf(place, side, mode) {
  if (place >= 0 && place < side) return place;
  if (mode === "reflect") return place < 0 ? -place : 2 * (side - 1) - place;
  if (mode === "replicate") return place < 0 ? 0 : side - 1;
  return mode === "circular" ? (place + side) % side : -1;
}

/**
 * Input with its padding.
 *
 * @param {Float32Array} values
 * @param {Shape} shape
 * @param {Window} window
 * @returns {{values: Float32Array, rows: number, columns: number}}
 */
export function padded(values, [units, rows, columns], { padding, mode }) {
  const [high, wide] = [rows + 2 * padding, columns + 2 * padding];
  const grown = new Float32Array(units * high * wide);
  for (let unit = 0, cell = 0; unit < units; unit++) {
    for (let y = 0; y < high; y++) {
      const row = sourceOf(y - padding, rows, mode);
      for (let x = 0; x < wide; x++, cell++) {
        const column = sourceOf(x - padding, columns, mode);
        if (row >= 0 && column >= 0) grown[cell] = values[(unit * rows + row) * columns + column];
      }
    }
  }
  return { values: grown, rows: high, columns: wide };
}

/**
 * Cells of the input, or its padding, that an output cell of a convolution or a pooling reads, in the kernel's order.
 *
 * @param {Window} window
 * @param {Cell} cell of the output
 * @returns {Cell[]}
 */
export function cellsRead({ kernel, stride, padding, dilation }, { row, column }) {
  return cellsOf(kernel, (i, j) => ({
    row: row * stride - padding + i * dilation,
    column: column * stride - padding + j * dilation,
  }));
}

/**
 * Cells of the output that an input cell of a transposed convolution reaches, in the kernel's order.
 *
 * @param {Window} window
 * @param {Cell} cell of the input
 * @param {Shape} shape of the output
 * @returns {Cell[]}
 */
export function cellsReached(window, cell, shape) {
  return cellsRead(window, cell).filter((one) => isInside(one, shape));
}

/**
 * Cells of the input that reach an output cell of a transposed convolution, in the kernel's order.
 *
 * @param {Window} window
 * @param {Cell} cell of the output
 * @param {Shape} shape of the input
 * @returns {Cell[]}
 */
export function cellsReaching(window, cell, shape) {
  return placesReaching(window, cell).filter((one) => isInside(one, shape));
}

/** Places from which `cellsReaching` takes the cells: the others are not whole, or outside. @param {Window} window @param {Cell} cell of the output @returns {Cell[]} */
export function placesReaching({ kernel, stride, padding, dilation }, { row, column }) {
  return cellsOf(kernel, (i, j) => ({
    row: (row + padding - i * dilation) / stride,
    column: (column + padding - j * dilation) / stride,
  }));
}

/**
 * Output cell whose window's middle is nearest to a cell of the input; of a transposed convolution, the middle of what
 * an input cell reaches.
 *
 * @param {Window} window
 * @param {Cell} cell of the input
 * @param {Shape} shape of the output
 * @param {boolean} transposed
 * @returns {Cell}
 */
export function nearest({ kernel, stride, padding, dilation }, { row, column }, [, rows, columns], transposed) {
  const along = (/** @type {number} */ place, /** @type {number} */ count, /** @type {number} */ most) => {
    const middle = (dilation * (count - 1)) / 2 - padding;
    const at = transposed ? Math.floor(place * stride + middle) : Math.round((place - middle) / stride);
    return Math.max(0, Math.min(most - 1, at));
  };
  return { row: along(row, kernel[0], rows), column: along(column, kernel[1], columns) };
}

/** @param {Cell} cell @param {Shape} shape */
export function isInside({ row, column }, [, rows, columns]) {
  const whole = Number.isInteger(row) && Number.isInteger(column);
  return whole && row >= 0 && row < rows && column >= 0 && column < columns;
}

/** @param {[number, number]} kernel @param {(i: number, j: number) => Cell} cellAt @returns {Cell[]} */
function cellsOf([height, width], cellAt) {
  return Array.from({ length: height * width }, (_, place) => cellAt(Math.floor(place / width), place % width));
}
