// Parts of worked examples: an enlarged map, a small map, a grid of numbers, an equation.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Patch } from "./network.js" */
import { entryOf, textOn, toCss } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { formatLike, formatShort } from "../shared/numbers.js";
import { paintMap } from "./paint.js";

/**
 * @typedef {object} Tint a color scale with the value at its end
 * @property {Scale} scale
 * @property {number} range
 */

/** @param {HTMLElement} frame @param {Patch} patch @param {number} rowCount @param {number} columnCount */
function setFrame(frame, patch, rowCount, columnCount) {
  const percent = (/** @type {number} */ share) => `${share * 100}%`;
  const [top, left] = [Math.max(0, patch.top), Math.max(0, patch.left)];
  frame.style.top = percent(top / rowCount);
  frame.style.left = percent(left / columnCount);
  frame.style.height = percent((Math.min(rowCount, patch.top + patch.height) - top) / rowCount);
  frame.style.width = percent((Math.min(columnCount, patch.left + patch.width) - left) / columnCount);
}

/**
 * Map with a frame around a patch.
 *
 * @param {string} name class
 */
export function makeFramedMap(name) {
  const canvas = make("canvas", { class: "map-canvas" });
  const frame = make("span", { class: "map-frame" });
  const element = make("span", { class: `map ${name}` }, [canvas, frame]);
  return {
    element,
    canvas,
    /**
     * @param {ArrayLike<number>} values
     * @param {number} rowCount
     * @param {number} columnCount
     * @param {Tint} tint
     * @param {Patch | null} patch to frame
     */
    show(values, rowCount, columnCount, tint, patch) {
      element.style.aspectRatio = `${columnCount} / ${rowCount}`;
      paintMap(canvas, values, rowCount, columnCount, tint.scale, tint.range);
      frame.hidden = !patch;
      if (patch) setFrame(frame, patch, rowCount, columnCount);
    },
  };
}

/**
 * Enlarged map on which the pointer or the arrow keys choose a cell.
 *
 * @param {string} label for assistive technology
 * @param {(row: number, column: number) => void} choose
 */
export function makeChooser(label, choose) {
  const map = makeFramedMap("map-large");
  const { element } = map;
  let size = [1, 1];
  let cell = [0, 0];
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", label);
  element.tabIndex = 0;
  const clamp = (/** @type {number} */ value, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, value));
  const chooseAt = (/** @type {number} */ row, /** @type {number} */ column) => {
    /** @type {[number, number]} */
    const next = [clamp(row, size[0]), clamp(column, size[1])];
    if (next[0] !== cell[0] || next[1] !== cell[1]) choose(...next);
  };
  element.onpointermove = element.onpointerdown = (event) => {
    const box = element.getBoundingClientRect();
    chooseAt(
      Math.floor(((event.clientY - box.top) / box.height) * size[0]),
      Math.floor(((event.clientX - box.left) / box.width) * size[1]),
    );
  };
  /** @type {Record<string, number[]>} */
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  element.onkeydown = (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    chooseAt(cell[0] + step[0], cell[1] + step[1]);
  };
  return {
    element,
    /**
     * @param {ArrayLike<number>} values
     * @param {number} rowCount
     * @param {number} columnCount
     * @param {Tint} tint
     * @param {number} row of the cell that is chosen
     * @param {number} column
     */
    show(values, rowCount, columnCount, tint, row, column) {
      size = [rowCount, columnCount];
      cell = [row, column];
      map.show(values, rowCount, columnCount, tint, { top: row, left: column, height: 1, width: 1 });
    },
  };
}

/**
 * Small table of numbers, each cell colored by its value.
 *
 * @param {string} caption
 */
export function makeNumbers(caption) {
  const heading = make("figcaption", { text: caption });
  const body = make("tbody");
  const element = make("figure", { class: "numbers" }, [heading, make("table", { "aria-label": caption }, [body])]);
  /** @type {HTMLTableCellElement[]} */
  let cells = [];
  let columns = 0;
  return {
    element,
    heading,
    /**
     * @param {ArrayLike<number>} values
     * @param {number} columnCount
     * @param {Tint} tint
     * @param {{marked?: number, outside?: (cell: number) => boolean, missing?: (cell: number) => boolean, unit?: number}}
     *     options `missing`: true for a cell without a number; `unit`: factor that is taken out of the numbers
     */
    show(values, columnCount, tint, { marked = -1, outside = () => false, missing = () => false, unit = 1 } = {}) {
      if (cells.length !== values.length || columns !== columnCount) {
        columns = columnCount;
        cells = Array.from(values, () => make("td"));
        const lines = Array.from({ length: values.length / columns }, (_, row) =>
          make("tr", {}, cells.slice(row * columns, (row + 1) * columns)),
        );
        body.replaceChildren(...lines);
      }
      cells.forEach((cell, index) => {
        const value = values[index];
        const gone = missing(index);
        const colored = !gone && !Number.isNaN(value);
        const color = tint.scale.table[entryOf(colored ? value : 0, tint.range, tint.scale.signed)];
        write(cell, gone ? "\u2013" : formatShort(value / unit));
        cell.style.background = colored ? toCss(color) : "none";
        cell.style.color = colored ? textOn(color) : "inherit";
        cell.className = index === marked ? "is-marked" : outside(index) ? "is-padding" : "";
      });
    },
  };
}

/** Largest magnitude, as the end of a color scale. @param {ArrayLike<number>} values */
export function endOf(values) {
  let end = 0;
  for (let i = 0; i < values.length; i++) end = Math.max(end, Math.abs(values[i]) || 0);
  return end;
}

/** Power of ten to take out of small values, so that they are shown as its multiples. @param {ArrayLike<number>} values */
export function unitOf(values) {
  const end = endOf(values);
  return end > 0 && end < 0.1 ? 10 ** Math.floor(Math.log10(end)) : 1;
}

/** Tint with the diverging scale, ending at the values' own largest magnitude. @param {Record<string, Scale>} scales @param {ArrayLike<number>} values @returns {Tint} */
export function ownTint(scales, values) {
  return { scale: scales.diverging, range: endOf(values) };
}

/**
 * Equation: a sum and its result, each number with its name under it.
 */
export function makeEquation() {
  const element = make("div", { class: "equation" });
  /** @type {ReturnType<typeof makeTerm>[]} */
  let parts = [];

  function makeTerm() {
    const [sign, value, name] = ["sign", "value", "name"].map((one) => make("span", { class: `equation-${one}` }));
    return {
      item: make("span", { class: "equation-term" }, [sign, make("span", { class: "equation-stack" }, [value, name])]),
      sign,
      value,
      name,
    };
  }

  return {
    element,
    /** @param {{number?: number, result?: number, words?: string, name: string}[]} terms */
    show(terms) {
      if (parts.length !== terms.length) {
        parts = terms.map(makeTerm);
        element.replaceChildren(...parts.map((part) => part.item));
      }
      const format = formatLike(terms.find((term) => term.result !== undefined)?.result ?? 0);
      terms.forEach((term, index) => {
        const { item, sign, value, name } = parts[index];
        const { number = 0 } = term;
        const adds = index > 0 && term.number !== undefined;
        write(sign, term.result !== undefined ? "=" : adds ? (number < 0 ? "\u2212" : "+") : "");
        write(value, term.words ?? format(term.result ?? (adds ? Math.abs(number) : number)));
        write(name, term.name);
        item.classList.toggle("is-result", term.result !== undefined);
      });
    },
  };
}
