// Trace of a map, drawn over the picture: outlines of the maps that it reads or, for a gradient, of the maps that read it
// and sent the gradient back, with the patch, and curves where no edges say how much each counts.

/** @import { Layout } from "./layout.js" */
/** @import { Layer, Patch } from "./network.js" */
import { makeSvg } from "../shared/dom.js";
import { curve, placeOf, placeOfPatch, rectPath } from "./layout.js";
import { patchOf, patchReading, unitsRead, unitsReading } from "./network.js";

const MOST_CURVES = 120;
const CROWD = 40; // from this number on, curves are faint and the units of a vector share an outline

/**
 * @param {Layer} layer
 * @param {number} unit
 * @param {{row: number, column: number} | null} cell under the pointer
 * @param {Layout} layout
 * @param {Layer[]} layers
 * @param {Set<string>} edged names of the layers into which edges lead
 * @returns {{own: string, sources: string, curves: string, crowded: boolean, patches: string}} SVG paths; `crowded` is
 *     true if there are so many curves that they should be faint
 */
export function tracePaths(layer, unit, cell, layout, layers, edged) {
  const own = placeOf(layout.boxes[layer.index], unit);
  /** @type {string[]} */
  const outlines = [];
  /** @type {string[]} */
  const curves = [];
  const patches =
    cell && !layer.vector
      ? [
          rectPath(
            placeOfPatch(own, { top: cell.row, left: cell.column, height: 1, width: 1 }, layer.rows, layer.columns),
          ),
        ]
      : [];
  const back = layer.state === "gradient";
  const ends = back
    ? layers.filter((one) => one.from.includes(layer) && one !== layers[layers.length - 1])
    : layer.from;
  for (const source of ends) {
    const { first, count } = back ? unitsReading(source, layer, unit) : unitsRead(layer, source, unit);
    const each = Math.ceil(count / MOST_CURVES);
    const together = source.vector && count === source.units && count > CROWD;
    if (together) outlines.push(rectPath(layout.boxes[source.index], 2));
    const patchAt = (/** @type {number} */ row, /** @type {number} */ column) =>
      back ? patchReading(source, layer, row, column) : patchOf(layer, source, row, column);
    const patch = cell && !source.vector ? patchAt(cell.row, cell.column) : null;
    for (let read = first; read < first + count; read++) {
      const place = placeOf(layout.boxes[source.index], read);
      if (!together) outlines.push(rectPath(place));
      if (!edged.has((back ? source : layer).name) && (read - first) % each === 0)
        curves.push(back ? curve(own, place, layout.wide) : curve(place, own, layout.wide));
      if (patch) patches.push(rectPath(placeOfPatch(place, patch, source.rows, source.columns)));
    }
  }
  return {
    own: rectPath(own, 1),
    sources: outlines.join(""),
    crowded: curves.length > CROWD,
    curves: curves.join(""),
    patches: patches.join(""),
  };
}

/**
 * Outline of a cell in each of a layer's maps, and of the patch that it reads in each map of its sources.
 *
 * @param {Layer} layer
 * @param {{row: number, column: number}} cell
 * @param {Layout} layout
 * @returns {string} SVG path
 */
export function sweptPath(layer, { row, column }, layout) {
  const outlines = (/** @type {Layer} */ one, /** @type {Patch} */ patch) =>
    Array.from({ length: one.units }, (_, unit) =>
      rectPath(placeOfPatch(placeOf(layout.boxes[one.index], unit), patch, one.rows, one.columns)),
    );
  const read = layer.from.flatMap((source) => {
    const patch = source.vector ? null : patchOf(layer, source, row, column);
    return patch ? outlines(source, patch) : [];
  });
  return [...read, ...outlines(layer, { top: row, left: column, height: 1, width: 1 })].join("");
}

/** Drawing over the picture; `show(null)` clears it. */
export function makeTrace() {
  const element = makeSvg("svg", { class: "trace", "aria-hidden": "true" });
  const paths = /** @type {const} */ (["curves", "sources", "own", "patches"]).map((name) => ({
    name,
    path: makeSvg("path", { class: `trace-${name}` }),
  }));
  const swept = makeSvg("path", { class: "trace-swept" });
  element.append(...paths.map(({ path }) => path), swept);
  return {
    element,
    /** @param {number} width @param {number} height */
    resize(width, height) {
      element.setAttribute("width", String(width));
      element.setAttribute("height", String(height));
    },
    /** @param {ReturnType<typeof tracePaths> | null} traced */
    show(traced) {
      element.classList.toggle("is-crowded", Boolean(traced?.crowded));
      for (const { name, path } of paths) path.setAttribute("d", traced ? traced[name] : "");
    },
    /** @param {string} path see `sweptPath`, "" for none */
    sweep(path) {
      if (swept.getAttribute("d") !== path) swept.setAttribute("d", path);
    },
  };
}
