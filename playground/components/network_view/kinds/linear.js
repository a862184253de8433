/** @import { Words } from "../../shared/types.js" */
/** @import { Grid } from "../layout.js" */
/** @import { Layer } from "../network.js" */
/** @import { Example, Graded, Kind, State, Subject } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { weigh } from "../arithmetic.js";
import { endOf, makeEquation } from "../detail_parts.js";
import { placeOf } from "../layout.js";
import { makeSheet, paintMaps } from "../paint.js";
import { unitName } from "../words.js";
import { heading, makeLargest, makeProduct, sentence } from "./example.js";

/** @type {Kind} */
export const linear = {
  forward: (text, { layer, layers }) => (layer.from[0] ? forward(text, layer.from[0], layers) : null),
  backward,
};

/** @param {Words} text @param {Layer} source @param {Layer[]} layers @returns {Example} */
function forward(text, source, layers) {
  const names = ["linear.source_values", "linear.weights", "linear.products"];
  const box = thumbnailBox(source);
  const pictures = names.map((name) => {
    const canvas = make("canvas", { class: "map-canvas" });
    const frame = make("span", { class: "map-frame" });
    const holder = make("span", { class: "map map-vector", style: `width:${box.width}px;height:${box.height}px` }, [
      canvas,
      frame,
    ]);
    const caption = make("figcaption");
    const figure = make("figure", { class: "numbers" }, [caption, holder]);
    const sheet = makeSheet(canvas, source, box, globalThis.devicePixelRatio || 1);
    return { name, caption, figure, holder, frame, sheet };
  });
  const pointedLine = sentence("work-sum");
  const largest = makeLargest(text["linear.largest"], source.values.length);
  const equation = makeEquation();
  const left = make("div", { class: "work-body" }, [
    makeProduct(pictures.map((picture) => picture.figure)),
    pointedLine,
    equation.element,
  ]);
  const body = make("div", { class: "work-beside" }, [left, largest.element]);
  /** Index of the weight under the pointer. @type {number | null} */
  let index = null;
  /** @type {State | null} */
  let latest = null;

  const size = source.rows * source.columns;
  const nameAt = (/** @type {number} */ at) => {
    const name = unitName(source, Math.floor(at / size), layers, text);
    if (source.vector) return name;
    return fill(text.name_cell, { name, row: Math.floor((at % size) / source.columns), column: at % source.columns });
  };
  pictures.forEach(({ holder }) => {
    holder.onpointermove = (event) => {
      const across = Math.floor(event.offsetX / box.stepX);
      const down = Math.floor(event.offsetY / box.stepY);
      const unit = down * box.across + across;
      if (across >= box.across || unit >= source.units) return;
      const cell = (/** @type {number} */ offset, /** @type {number} */ length, /** @type {number} */ count) =>
        Math.min(count - 1, Math.floor((offset / length) * count));
      const row = cell(event.offsetY - down * box.stepY, box.unitHeight, source.rows);
      const column = cell(event.offsetX - across * box.stepX, box.unitWidth, source.columns);
      index = unit * size + row * source.columns + column;
      if (latest) show(latest);
    };
  });

  /** @param {HTMLElement} frame @param {number} at */
  function frameAt(frame, at) {
    const place = placeOf(box, Math.floor(at / size));
    const [height, width] = [place.height / source.rows, place.width / source.columns];
    const row = Math.floor((at % size) / source.columns);
    Object.assign(frame.style, {
      left: `${place.x + (at % source.columns) * width}px`,
      top: `${place.y + row * height}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
  }

  /** @type {Example["show"]} */
  function show(state) {
    latest = state;
    const { kernel, bias, look } = state;
    body.classList.toggle("is-waiting", !kernel);
    if (!kernel) {
      const [{ sheet }] = pictures;
      paintMaps(sheet, source, look.scales[source.scale], () => endOf(source.values));
      write(pointedLine, text.waiting);
      return null;
    }
    const worked = weigh(source.values, kernel, bias);
    const first = largest.show(worked.products, source.values, kernel, nameAt);
    const at = index ?? first;
    const shown = [source.values, kernel, worked.products];
    pictures.forEach(({ name, caption, sheet, frame }, which) => {
      const scale = which === 0 ? look.scales[source.scale] : look.scales.diverging;
      const range = endOf(shown[which]);
      paintMaps(sheet, { ...source, values: shown[which] }, scale, () => range);
      const reach = scale.signed ? `\u00b1${formatNumber(range, 3)}` : `0\u2013${formatNumber(range, 3)}`;
      write(caption, fill(text[name], { layer: source.name, reach }));
      frameAt(frame, at);
    });
    write(
      pointedLine,
      fill(text["linear.product"], {
        name: nameAt(at),
        value: formatNumber(source.values[at]),
        weight: formatNumber(kernel[at]),
        product: formatNumber(worked.products[at]),
      }),
    );
    equation.show([
      { number: worked.total, name: fill(text.term_products, { count: source.values.length }) },
      { number: bias, name: text.term_bias },
      { result: worked.sum, name: text.term_sum },
    ]);
    return worked;
  }

  /** Places of the source's maps in the first picture. */
  function landings() {
    const [{ holder, sheet }] = pictures;
    return Array.from({ length: source.units }, (_, unit) => ({
      layer: source,
      unit,
      element: holder,
      canvas: sheet.context.canvas,
      part: placeOf(box, unit),
    }));
  }

  return { element: make("div", { class: "work" }, [body]), landings, show };
}

/** Arrangement of a layer's units as a small picture, roughly square. @param {Layer} source @returns {Grid} */
function thumbnailBox(source) {
  const [wide, gap] = source.vector
    ? [12, 1]
    : [
        Math.max(
          source.columns * Math.floor(Math.max(24, 150 / Math.sqrt(source.units)) / source.columns),
          source.columns,
        ),
        2,
      ];
  const across = Math.ceil(Math.sqrt(source.units));
  const tall = Math.round((wide * source.rows) / source.columns);
  const [stepX, stepY] = [wide + gap, tall + gap];
  const down = Math.ceil(source.units / across);
  return {
    x: 0,
    y: 0,
    across,
    unitWidth: wide,
    unitHeight: tall,
    stepX,
    stepY,
    width: across * stepX - gap,
    height: down * stepY - gap,
  };
}

/** @param {Words} text @param {Subject} subject @param {Graded} reader @returns {Example} */
function backward(text, { layer, layers }, reader) {
  const size = layer.rows * layer.columns;
  const largest = makeLargest(fill(text["linear.back_largest"], { count: reader.units }), reader.units);
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  const nameOf = (/** @type {number} */ which) =>
    fill(text.back_arrives, { name: unitName(reader, which, layers, text) });
  return {
    element: make("div", { class: "work" }, [heading(text, reader), waiting, largest.element, equation.element]),
    show({ row, column, onward }) {
      waiting.hidden = Boolean(onward);
      largest.element.hidden = equation.element.hidden = !onward;
      if (!onward) return null;
      const arriving = reader.gradient.values;
      const weights = Float32Array.from(arriving, (_, index) => onward[index * size + row * layer.columns + column]);
      const worked = weigh(arriving, weights, 0);
      largest.show(worked.products, arriving, weights, nameOf);
      equation.show([
        { words: formatNumber(worked.sum), name: fill(text.term_products, { count: reader.units }) },
        { result: worked.sum, name: text.gradient },
      ]);
      return worked;
    },
  };
}
