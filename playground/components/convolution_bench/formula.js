// Formula of one output cell with its indices.

/** @import { Bench } from "./bench.js" */
/** @import { Cell } from "./cells.js" */

const MINUS = "\u2212";

/**
 * @param {Bench} bench
 * @param {Cell} cell of the output
 * @returns {string} such as "y[0, 5, 7] = Σ x[c, 5·1 + i·1 − 1, 7·1 + j·1 − 1] · w[0, c, i, j]"
 */
export function formulaOf(bench, { row, column }) {
  const { kind, window, channel, first, count, bias } = bench;
  const { kernel, stride, padding, dilation, mode, flipped } = window;
  const [height, width] = kernel;
  const indices = `i = 0\u2026${height - 1}, j = 0\u2026${width - 1}`;
  const channels = count > 1 ? `c = ${first}\u2026${first + count - 1}` : `c = ${first}`;
  const y = `y[${channel}, ${row}, ${column}]`;
  const less = padding ? ` ${MINUS} ${padding}` : "";
  const read = (/** @type {number} */ at, /** @type {string} */ index, /** @type {string} */ shift) =>
    `${at}\u00b7${stride} + ${dilation === 1 ? index : `${index}\u00b7${dilation}`}${shift}`;
  if (kind === "max" || kind === "avg") {
    const value = `x[0, ${read(row, "i", less)}, ${read(column, "j", less)}]`;
    return kind === "max" ? `${y} = max ${value}, ${indices}` : `${y} = \u03a3 ${value} / n, ${indices}`;
  }
  const end = bias === null ? "" : ` + b[${channel}]`;
  const turned = flipped ? `${height - 1} ${MINUS} i, ${width - 1} ${MINUS} j` : "i, j";
  // The weight's own number of a channel, counted within its group.
  const own = first ? `c ${MINUS} ${first}` : "c";
  if (kind === "transposed") {
    const perGroup = bench.outShape[0] / (window.groups ?? 1);
    const weight = `w[c, ${channel % perGroup}, ${turned}]`;
    const on = (/** @type {string} */ index, /** @type {string} */ from, /** @type {number} */ at) =>
      `${index}\u00b7${stride} + ${from}\u00b7${dilation}${less} = ${at}`;
    return `${y} = \u03a3 x[c, m, n] \u00b7 ${weight}${end}, ${channels}, ${on("m", "i", row)}, ${on("n", "j", column)}`;
  }
  const [name, shift] = mode === "zeros" || !padding ? ["x", less] : ["padded", ""];
  const value = `${name}[c, ${read(row, "i", shift)}, ${read(column, "j", shift)}]`;
  return `${y} = \u03a3 ${value} \u00b7 w[${channel}, ${own}, ${turned}]${end}, ${channels}, ${indices}`;
}
