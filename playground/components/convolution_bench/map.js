// A map of the bench: the values of one or more channels, and marks over them, in whole pixels.

/** @import { Colors, Scale } from "../shared/colors.js" */
/** @import { Layer } from "../network_view/network.js" */
/** @import { Cell } from "./cells.js" */
import { makeSheet, paintMaps } from "../network_view/paint.js";
import { clamp } from "../shared/cell_keys.js";
import { entryOf, pack, textOn } from "../shared/colors.js";
import { fitCanvas, make, write } from "../shared/dom.js";
import { formatNumber, formatShort } from "../shared/numbers.js";

export const GAP = 10; // between two channels
const ROOM_FOR_NUMBERS = 34;
const NUMBER_FONT = "12px";

/**
 * @typedef {object} Face what a map shows
 * @property {Float32Array} values channels × rows × columns
 * @property {number} units
 * @property {number} rows
 * @property {number} columns
 * @property {Scale} scale
 * @property {number} range
 * @property {number} cell side of a cell in CSS pixels
 * @property {Colors} colors
 * @property {boolean} numbers whether they are written into the cells where there is room
 */

/** Channels side by side in a map of several. @param {number} units */
export function acrossOf(units) {
  return units > 1 ? 2 : 1;
}

/** @param {string} name class @param {Record<string, string | number>} attributes of its canvas */
export function makeMap(name, attributes = {}) {
  const canvas = make("canvas", { role: "img", ...attributes });
  const marks = make("canvas", { class: "marks", "aria-hidden": "true" });
  const element = make("div", { class: `bench-map ${name}` }, [canvas, marks]);
  const context = /** @type {CanvasRenderingContext2D} */ (marks.getContext("2d"));
  const legend = makeLegend();
  /** @type {Face} */
  let face;

  /** Corner of a channel's map. @param {number} unit */
  function cornerOf(unit) {
    const across = acrossOf(face.units);
    return {
      x: (unit % across) * (face.columns * face.cell + GAP),
      y: Math.floor(unit / across) * (face.rows * face.cell + GAP),
    };
  }

  return {
    element,
    canvas,
    legend: legend.element,
    context,
    cornerOf,
    face: () => face,
    /** @param {Face} shown */
    show(shown) {
      face = shown;
      const { units, rows, columns, cell } = face;
      const across = acrossOf(units);
      const [unitWidth, unitHeight] = [columns * cell, rows * cell];
      const [stepX, stepY] = [unitWidth + GAP, unitHeight + GAP];
      const width = Math.min(units, across) * stepX - GAP;
      const height = Math.ceil(units / across) * stepY - GAP;
      const ratio = devicePixelRatio || 1;
      for (const one of [canvas, marks, element]) {
        one.style.width = `${width}px`;
        one.style.height = `${height}px`;
      }
      const wild = Uint32Array.from({ length: units }, (_, unit) => {
        const own = face.values.subarray(unit * rows * columns, (unit + 1) * rows * columns);
        return own.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
      });
      const layer = /** @type {Layer} */ (/** @type {unknown} */ ({ ...face, wild }));
      const box = { x: 0, y: 0, across, unitWidth, unitHeight, stepX, stepY, width, height };
      const sheet = makeSheet(canvas, layer, box, ratio);
      paintMaps(sheet, layer, face.scale, () => face.range, pack(face.colors.accent));
      if (face.numbers && cell >= ROOM_FOR_NUMBERS) writeNumbers(sheet.context, ratio);
      fitCanvas(marks, width, height, ratio);
      context.scale(ratio, ratio);
      legend.show(face.scale, face.range);
    },
    /** Cell under the pointer. @param {PointerEvent} event @returns {Cell} */
    cellAt(event) {
      const box = canvas.getBoundingClientRect();
      const across = acrossOf(face.units);
      const [stepX, stepY] = [face.columns * face.cell + GAP, face.rows * face.cell + GAP];
      const x = (event.clientX - box.left) % (across > 1 ? stepX : Infinity);
      const y = (event.clientY - box.top) % (face.units > across ? stepY : Infinity);
      return {
        row: clamp(Math.floor(y / face.cell), face.rows),
        column: clamp(Math.floor(x / face.cell), face.columns),
      };
    },
    /** Number of the channel under the pointer. @param {PointerEvent} event */
    unitAt(event) {
      const box = canvas.getBoundingClientRect();
      const across = acrossOf(face.units);
      const x = Math.floor((event.clientX - box.left) / (face.columns * face.cell + GAP));
      const y = Math.floor((event.clientY - box.top) / (face.rows * face.cell + GAP));
      return Math.max(0, Math.min(face.units - 1, y * across + Math.min(x, across - 1)));
    },
    /** Remove all marks. */
    clear() {
      context.clearRect(0, 0, marks.width, marks.height);
    },
  };

  /** @param {CanvasRenderingContext2D} on @param {number} ratio */
  function writeNumbers(on, ratio) {
    const { values, units, rows, columns, cell, scale, range } = face;
    on.save();
    on.scale(ratio, ratio);
    on.font = `${NUMBER_FONT} ${getComputedStyle(element).fontFamily}`;
    on.textAlign = "center";
    on.textBaseline = "middle";
    for (let unit = 0, place = 0; unit < units; unit++) {
      const { x, y } = cornerOf(unit);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, place++) {
          on.fillStyle = textOn(scale.table[entryOf(values[place], range, scale.signed)]);
          on.fillText(formatShort(values[place]), x + (column + 0.5) * cell, y + (row + 0.5) * cell + 0.5);
        }
      }
    }
    on.restore();
  }
}

function makeLegend() {
  const [low, bar, high] = ["legend-low", "legend-bar", "legend-high"].map((one) => make("span", { class: one }));
  return {
    element: make("div", { class: "legend" }, [low, bar, high]),
    /** @param {Scale} scale @param {number} range */
    show(scale, range) {
      write(low, scale.signed ? formatNumber(-range, 3) : "0");
      write(high, formatNumber(range, 3));
      bar.style.background = scale.gradient;
    },
  };
}
