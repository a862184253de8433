// Table of numbers to type into, each cell colored by its value.

/** @import { Scale } from "../shared/colors.js" */
import { entryOf, textOn, toCss } from "../shared/colors.js";
import { make } from "../shared/dom.js";

/** Rest of the keys before an unfinished number is sent. */
const REST_MS = 350;

/**
 * @param {string} name class
 * @param {(unit: number, row: number, column: number) => string} labelOf a cell
 * @param {(written: string) => void} changed called with all cells, as Python reads them
 */
export function makeNumberEditor(name, labelOf, changed) {
  const element = make("div", { class: `editor ${name}` });
  /** @type {HTMLInputElement[]} */
  let inputs = [];
  let shape = [0, 0, 0];
  /** Numbers that Python has. @type {ArrayLike<number>} */
  let known = [];
  /** Numbers of cells whose text isn't that of the known number. @type {Set<number>} */
  const typed = new Set();
  let timer = 0;
  /** @type {HTMLElement[]} */
  let tables = [];

  function send() {
    clearTimeout(timer);
    timer = 0;
    const cells = inputs.map((input, place) => (typed.has(place) ? input.value : String(precise(known[place]))));
    changed(`${shape.join("x")}:${cells.map((cell) => cell.replaceAll(",", ".")).join(",")}`);
  }

  /** @param {number} place @param {number} rows @param {number} columns */
  function makeCell(place, rows, columns) {
    const [unit, within] = [Math.floor(place / (rows * columns)), place % (rows * columns)];
    const [row, column] = [Math.floor(within / columns), within % columns];
    const input = make("input", {
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": labelOf(unit, row, column),
      "data-row": row,
      "data-column": column,
    });
    input.oninput = () => {
      typed.add(place);
      clearTimeout(timer);
      timer = window.setTimeout(send, REST_MS);
    };
    input.onchange = () => {
      if (typed.has(place)) send();
    };
    input.onfocus = () => input.select();
    input.onkeydown = (event) => {
      const step = { ArrowUp: -columns, ArrowDown: columns, Enter: 0 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      if (event.key === "Enter") send();
      else inputs[place + step]?.focus();
    };
    return input;
  }

  return {
    element,
    /** Tables of the channels, to be placed by the caller. */
    tables: () => tables,
    /** Set a cell without waiting; `send` follows. @param {number} place @param {string} value */
    paint(place, value) {
      if (!inputs[place] || inputs[place].value === value) return;
      inputs[place].value = value;
      typed.add(place);
    },
    send,
    /**
     * @param {ArrayLike<number>} values
     * @param {[number, number, number]} size channels, rows, columns
     * @param {{scale: Scale, range: number}} tint
     * @param {{refused: boolean, pending: boolean}} typing whether Python has refused what was typed, or doesn't have it
     *     yet; it then stays
     */
    show(values, size, tint, { refused, pending }) {
      const [units, rows, columns] = size;
      if (String(size) !== String(shape)) {
        shape = size;
        typed.clear();
        inputs = Array.from({ length: units * rows * columns }, (_, place) => makeCell(place, rows, columns));
        tables = Array.from({ length: units }, (_, unit) => {
          const own = inputs.slice(unit * rows * columns, (unit + 1) * rows * columns);
          const table = make("div", { class: "editor-table", role: "group" }, own);
          table.style.setProperty("--columns", String(columns));
          return table;
        });
        element.replaceChildren(...tables);
      }
      known = Array.from(values);
      const root = /** @type {ShadowRoot} */ (element.getRootNode());
      inputs.forEach((input, place) => {
        const value = values[place];
        const color = tint.scale.table[entryOf(value, tint.range, tint.scale.signed)];
        input.style.background = toCss(color);
        input.style.color = textOn(color);
        const kept = typed.has(place) && (refused || pending || timer > 0);
        if (kept && refused) input.setAttribute("aria-invalid", String(!isNumber(input.value)));
        else input.removeAttribute("aria-invalid");
        if (kept) return;
        const editing = typed.has(place) && input === root.activeElement;
        if (editing && Number(input.value) === value) return;
        typed.delete(place);
        input.value = short(value);
      });
    },
  };
}

/** @param {string} written */
function isNumber(written) {
  return written.trim() !== "" && Number.isFinite(Number(written.replaceAll("\u2212", "-")));
}

/** Number with which single precision gets the same value. @param {number} value */
function precise(value) {
  return Number(value.toPrecision(9));
}

/** @param {number} value @returns {string} */
function short(value) {
  const size = Math.abs(value);
  const plain = String(Number(value.toPrecision(size < 0.01 ? 2 : 3)));
  return (value !== 0 && size < 0.001 ? value.toExponential(1) : plain).replaceAll("-", "\u2212");
}
