// Pooling operations, which compute one number from a window of their source's map.

/** @import { Words } from "../../shared/types.js" */
/** @import { Layer } from "../network.js" */
/** @import { Example, Graded, Kind, State } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { makeEquation, makeFramedMap, makeNumbers } from "../detail_parts.js";
import { cellsReading, mapOf, patchOf, spanOf } from "../network.js";
import { unitName } from "../words.js";
import { heading, readOne, sentence, tintOf } from "./example.js";

/**
 * @typedef {object} Window
 * @property {Float64Array} values values of the window, NaN outside the map
 * @property {Int32Array} cells their indices in the map, -1 outside
 * @property {number} columns
 *
 * @typedef {{row: number, column: number}} Place
 *
 * @typedef {object} Rules
 * @property {(text: Words, window: Window, state: State) => {sum: number, size: number, marked?: number, line: string}} forward
 *     computes the number of a window; `marked` is the index in the window of the cell to highlight
 * @property {(reader: Layer, unit: number, at: Place, cell: Place) => number} share factor with which the gradient at a cell
 *     of the output goes to a cell of its window
 * @property {(text: Words, reader: Layer, windows: Place[], shares: number[], cell: Place) => string} backward sentence on
 *     how the gradient came back through these windows to a cell
 * @property {(text: Words, reader: Layer, at: Place, gradient: number) => string} [term] says what a window's part of the
 *     sum is, where the parts are to be shown
 */

/** @param {Layer} layer @param {number} unit @param {number} row @param {number} column @returns {Window} */
export function windowAt(layer, unit, row, column) {
  const [source] = layer.from;
  const [down, across] = [spanOf(layer, 0, row), spanOf(layer, 1, column)];
  const [height, width] = [down?.count ?? 0, across?.count ?? 0];
  const values = new Float64Array(height * width).fill(NaN);
  const cells = new Int32Array(height * width).fill(-1);
  for (let i = 0, cell = 0; down && i < height; i++) {
    const y = down.start + i * down.step;
    for (let j = 0; across && j < width; j++, cell++) {
      const x = across.start + j * across.step;
      if (y < 0 || y >= source.rows || x < 0 || x >= source.columns) continue;
      cells[cell] = y * source.columns + x;
      values[cell] = source.values[unit * source.rows * source.columns + cells[cell]];
    }
  }
  return { values, cells, columns: width };
}

/**
 * Kind of a pooling operation.
 *
 * @param {Rules} rules
 * @param {Kind["copy"]} [copy]
 * @returns {Kind}
 */
export function pooling(rules, copy) {
  return {
    copy,
    forward: (text, { layer, unit }) => (hasMaps(layer, layer.from[0]) ? forward(text, layer, unit, rules) : null),
    backward: (text, { layer, unit }, reader) => (hasMaps(reader, layer) ? backward(text, reader, unit, rules) : null),
  };
}

/**
 * Kind of a pooling operation that computes the mean of a window.
 *
 * @param {string} name
 * @param {(layer: Layer, row: number, column: number) => number} divisor of the sum of a window
 * @returns {Kind}
 */
export function averaging(name, divisor) {
  return pooling({
    forward(text, { values, cells }, { layer, row, column }) {
      const inside = values.filter((_, place) => cells[place] >= 0);
      const total = inside.reduce((sum, value) => sum + value, 0);
      const count = divisor(layer, row, column);
      const sum = total / count;
      const line = fill(text[`${name}.mean`], {
        count: inside.length,
        total: formatNumber(total),
        divisor: count,
        value: formatNumber(sum),
      });
      return { sum, size: inside.reduce((size, value) => size + Math.abs(value), 0) / count, line };
    },
    term: (text, reader, at, gradient) =>
      fill(text.back_window, {
        gradient: formatNumber(gradient),
        divisor: divisor(reader, at.row, at.column),
        ...at,
      }),
    share: (reader, _, at) => 1 / divisor(reader, at.row, at.column),
    backward: (text, reader, windows) =>
      fill(text[windows.length > 1 ? `${name}.several` : `${name}.one`], {
        layer: reader.name,
        count: windows.length,
        divisor: divisor(reader, windows[0].row, windows[0].column),
        ...windows[0],
      }),
  });
}

/** @param {Layer} layer @param {Layer | undefined} source */
function hasMaps(layer, source) {
  return Boolean(source) && !source?.vector && source?.units === layer.units && spanOf(layer, 0, 0) !== null;
}

/** @param {Words} text @param {Layer} layer @param {number} own number of the unit @param {Rules} rules @returns {Example} */
function forward(text, layer, own, rules) {
  const grid = makeNumbers(text.window);
  const map = makeFramedMap("map-part");
  const line = sentence();
  const caption = make("figcaption");
  return {
    element: make("div", { class: "work" }, [grid.element, line]),
    read: readOne(caption, map.element, layer.from[0], own),
    show(state) {
      const { unit, row, column, look, layers } = state;
      const [source] = layer.from;
      const window = windowAt(layer, unit, row, column);
      const worked = rules.forward(text, window, state);
      const tint = tintOf(look, source, unit);
      write(caption, unitName(source, unit, layers, text));
      map.show(mapOf(source, unit), source.rows, source.columns, tint, patchOf(layer, source, row, column));
      grid.show(window.values, window.columns, tint, {
        marked: worked.marked,
        missing: (cell) => window.cells[cell] < 0,
      });
      write(line, worked.line);
      return worked;
    },
  };
}

/** @param {Words} text @param {Graded} reader @param {number} own number of the unit @param {Rules} rules @returns {Example} */
function backward(text, reader, own, rules) {
  const line = sentence();
  const equation = makeEquation();
  const map = makeFramedMap("map-part");
  const caption = make("figcaption", { text: fill(text.back_arrives, { name: reader.name }) });
  return {
    element: make("div", { class: "work" }, [heading(text, reader), rules.term ? equation.element : null, line]),
    read: readOne(caption, map.element, reader, own),
    show({ unit, row, column, look }) {
      const cell = { row, column };
      const columns = cellsReading(reader, column, 1);
      const windows = cellsReading(reader, row, 0).flatMap((top) =>
        columns.map((left) => ({ row: top, column: left })),
      );
      const shares = windows.map((at) => rules.share(reader, unit, at, cell));
      const gradients = mapOf(reader.gradient, unit);
      const parts = windows.flatMap((at, place) => {
        const gradient = gradients[at.row * reader.columns + at.column];
        const name = rules.term?.(text, reader, at, gradient) ?? "";
        return shares[place] ? [{ number: shares[place] * gradient, name }] : [];
      });
      const sum = parts.reduce((total, { number }) => total + number, 0);
      equation.show([...parts, { result: sum, name: text.gradient }]);
      const frame = windows[shares.findIndex(Boolean)] ?? windows[0];
      map.show(
        gradients,
        reader.rows,
        reader.columns,
        tintOf(look, reader.gradient, unit),
        frame ? { top: frame.row, left: frame.column, height: 1, width: 1 } : null,
      );
      write(
        line,
        windows.length
          ? rules.backward(text, reader, windows, shares, cell)
          : fill(text.back_outside, { layer: reader.name }),
      );
      return { sum, size: parts.reduce((total, { number }) => total + Math.abs(number), 0) };
    },
  };
}
