// One map with its title, its marked cells, and the cell under the pointer or the arrow keys.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
import { paintMap } from "../network_view/paint.js";
import { wholeSize } from "../network_view/tiles.js";
import { stepTo } from "../shared/cell_keys.js";
import { fill, make, makeSvg, write } from "../shared/dom.js";
import { formatNumber, formatWhole } from "../shared/numbers.js";
import { outline } from "./outline.js";

/**
 * @typedef {object} MapData
 * @property {string} title
 * @property {number} rows
 * @property {number} columns
 * @property {number} reach value at the end of the scale
 * @property {string} legend
 * @property {string} scale
 * @property {string} note
 * @property {string} sign
 * @property {boolean} marked whether `marks` are sent
 * @property {boolean} veiled whether cells that are not marked are paler
 * @property {"" | "move" | "press"} picks
 * @property {[number, number] | null} selected row and column
 * @property {[number, number]} start numbers of the first row and column
 * @property {string} group
 *
 * @typedef {(row: number, column: number) => void} Pick
 */

/**
 * @param {(line: string) => void} say called with the description of a cell, "" for none
 * @param {Pick} pick called with a cell that is picked
 */
export function makeFigure(say, pick) {
  const sign = make("span", { class: "sign", "aria-hidden": "true" });
  const title = make("figcaption", { class: "title" });
  const canvas = make("canvas", { class: "cells", role: "img", tabindex: 0 });
  const veil = makeSvg("path", { class: "veil", "fill-rule": "evenodd" });
  const edge = makeSvg("path", { class: "edge" });
  const marks = makeSvg("svg", { class: "marks", "aria-hidden": "true", preserveAspectRatio: "none" });
  marks.append(veil, edge);
  const chosen = make("span", { class: "chosen", hidden: true });
  const cursor = make("span", { class: "cursor", hidden: true });
  const frame = make("div", { class: "frame" }, [canvas, /** @type {any} */ (marks), chosen, cursor]);
  const note = make("p", { class: "note" });
  const element = make("figure", { class: "map" }, [title, sign, frame, note]);

  /** @type {MapData | null} */
  let data = null;
  /** @type {Float32Array} */
  let values = new Float32Array();
  /** @type {Words} */
  let words = {};
  /** @type {[number, number] | null} */
  let at = null;

  /** @param {HTMLElement} mark @param {[number, number] | null} cell */
  function place(mark, cell) {
    mark.hidden = !cell;
    if (!cell || !data) return;
    const [row, column] = cell;
    mark.style.left = `${(100 * column) / data.columns}%`;
    mark.style.top = `${(100 * row) / data.rows}%`;
    mark.style.width = `${100 / data.columns}%`;
    mark.style.height = `${100 / data.rows}%`;
  }

  /** @param {[number, number] | null} cell */
  function point(cell) {
    at = cell;
    place(cursor, cell);
    if (!cell || !data) return say("");
    const [row, column] = cell;
    const value = formatNumber(values[row * data.columns + column]);
    const [first, left] = data.start;
    say(
      fill(words.cell, { title: data.title, row: formatWhole(first + row), column: formatWhole(left + column), value }),
    );
  }

  /** @param {PointerEvent} event @returns {[number, number] | null} */
  function cellAt(event) {
    if (!data) return null;
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * data.rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * data.columns);
    return row >= 0 && row < data.rows && column >= 0 && column < data.columns ? [row, column] : null;
  }

  canvas.onpointermove = canvas.onpointerdown = (event) => point(cellAt(event));
  canvas.onpointerleave = canvas.onblur = () => point(null);
  canvas.onclick = (event) => {
    const cell = cellAt(/** @type {PointerEvent} */ (event));
    if (cell && data?.picks) pick(...cell);
  };
  canvas.onkeydown = (event) => {
    if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = at ?? data.selected;
    const to = from ? stepTo(event.key, from, data.rows, data.columns) : stepTo(event.key, [0, 0], 1, 1);
    if (to) {
      event.preventDefault();
      point(to);
      if (data.picks === "move") pick(...to);
    } else if ((event.key === "Enter" || event.key === " ") && data.picks && from) {
      event.preventDefault();
      pick(...from);
    }
  };

  return {
    element,
    /**
     * @param {MapData} given
     * @param {Float32Array} numbers
     * @param {Uint8Array} marked
     * @param {Scale} scale
     * @param {number} width largest width in pixels
     * @param {Words} text
     */
    show(given, numbers, marked, scale, width, text) {
      data = given;
      values = numbers;
      words = text;
      const { rows, columns } = data;
      write(title, data.title);
      write(sign, data.sign);
      sign.hidden = !data.sign;
      write(note, data.note);
      note.hidden = !data.note;
      canvas.setAttribute("aria-label", fill(text.map, { title: data.title, rows, columns }));
      canvas.classList.toggle("picks", data.picks !== "");
      frame.style.width = `${wholeSize({ columns }, width)}px`;
      note.style.maxWidth = `max(20ch, ${frame.style.width})`;
      frame.style.aspectRatio = `${columns} / ${rows}`;
      paintMap(canvas, numbers, rows, columns, scale, data.reach);
      const path = data.marked ? outline(marked, rows, columns) : "";
      marks.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
      edge.setAttribute("d", path);
      veil.setAttribute("d", data.marked && data.veiled ? veilPath(marked, rows, columns) : "");
      place(chosen, data.selected);
      if (at && (at[0] >= rows || at[1] >= columns)) point(null);
      else if (at) point(at);
    },
  };
}

/** Path over the cells that are not marked. @param {Uint8Array} marks @param {number} rows @param {number} columns */
function veilPath(marks, rows, columns) {
  let path = "";
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (marks[row * columns + column]) continue;
      const start = column;
      while (column + 1 < columns && !marks[row * columns + column + 1]) column++;
      path += `M${start} ${row}h${column + 1 - start}v1H${start}Z`;
    }
  }
  return path;
}
