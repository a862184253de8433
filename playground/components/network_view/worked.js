// Worked examples, one for each kind of layer. Each is {element, show(state)} and says what `show` worked out.

import { fill, make, write } from "../shared/dom.js";
import { formatNumber, formatPercent, formatWhole } from "../shared/numbers.js";
/** @import { Words } from "../shared/types.js" */
/** @import { Worked } from "./arithmetic.js" */
/** @import { Tint } from "./detail_parts.js" */
/** @import { Grid } from "./layout.js" */
/** @import { Layer, Windowed } from "./network.js" */
/** @import { Look } from "./picture.js" */
import { convolve, convolvePart, matches, poolWindow, softmax, weigh } from "./arithmetic.js";
import { endOf, makeEquation, makeFramedMap, makeNumbers, ownTint } from "./detail_parts.js";
import { placeOf } from "./layout.js";
import { hasWindow, mapOf, patchOf, unitsRead } from "./network.js";
import { makeSheet, paintMaps } from "./paint.js";
import { unitName } from "./words.js";

/**
 * @typedef {object} Subject what a worked example is about
 * @property {Layer[]} layers
 * @property {Layer} layer
 * @property {number} unit
 *
 * @typedef {object} Given what comes with each new value
 * @property {Float32Array | null} kernel null while it is on its way
 * @property {number} bias
 * @property {Float32Array | null} onward the weights through which the gradient comes, null where they aren't here
 * @property {Look} look
 * @property {{parameters: string | null, size: string | null} | null} [facts] sums about the layer
 * @property {boolean} [switches] whether channels can be switched off
 *
 * @typedef {object} Cell which of the unit's values is worked out
 * @property {number} row
 * @property {number} column
 * @property {number} value what PyTorch computed for this cell
 *
 * @typedef {Subject & Given & Cell} State what a worked example shows
 *
 * @typedef {{sum: number, size: number} | null} Outcome null where nothing was worked out
 *
 * @typedef {{element: HTMLElement, show: (state: State) => Outcome}} Example
 */

const MOST_TERMS = 8;
const MANY = 12; // source channels from which they are shown small
const FEW = 3; // source channels up to which they are shown large
const LARGEST_LISTED = 6;

/** @param {Words} text @param {Subject} state @returns {Example} */
export function makeWorked(text, state) {
  const { layer, unit, layers } = state;
  const from = layer.from[0];
  if (layer.kind === "input") return workInput(layer.scale === "ink" ? text.work_input : text.work_input_signed);
  if (layer.kind === "conv2d" && hasWindow(layer)) return workConvolution(text, layer, unit);
  if (layer.kind === "max_pool2d" && hasWindow(layer) && !from.vector) return workPool(text, layer);
  if (layer.kind === "relu" && from) return workRelu(text, layer);
  if (layer.kind === "linear" && from) return workLinear(text, layer, layers);
  if (layer.kind === "softmax" && from) return workSoftmax(text, layer);
  return workUnknown(text, state);
}

/** @param {Look} look @param {Layer} layer @param {number} unit @returns {Tint} the colors of a unit in the picture */
export function tintOf(look, layer, unit) {
  return { scale: look.scales[layer.scale], range: look.rangeOf(layer, unit) };
}

function sentence(className = "work-line") {
  return make("p", { class: className });
}

/** @param {string} words with {row}, {column} and {value} @returns {Example} */
function workInput(words) {
  const line = sentence();
  return {
    element: make("div", { class: "work" }, [line]),
    show({ value, row, column }) {
      write(line, fill(words, { row, column, value: formatNumber(value) }));
      return null;
    },
  };
}

/** @param {Words} text @param {Windowed} layer @param {number} unit @returns {Example} */
function workConvolution(text, layer, unit) {
  const source = layer.from[0];
  const { first, count } = unitsRead(layer, source, unit);
  let selected = 0;
  /** @type {State | null} */
  let latest = null;
  const parts = Array.from({ length: count }, (_, part) => {
    const map = makeFramedMap("map-part");
    const kernel = makeFramedMap("map-kernel");
    const sum = make("span", { class: "part-sum" });
    const label = fill(text.part_label, { layer: source.name, channel: first + part });
    const head = make("span", { class: "part-name", text: first + part });
    const element = make("button", { type: "button", class: "part", "aria-label": label, "aria-pressed": part === 0 }, [
      head,
      map.element,
      kernel.element,
      sum,
    ]);
    const select = () => {
      if (selected === part) return;
      selected = part;
      if (latest) show(latest);
    };
    element.onclick = element.onpointerenter = element.onfocus = select;
    return { element, map, kernel, sum };
  });
  const crowd = count > MANY ? "is-many" : count <= FEW ? "is-few" : "";
  const strip = make(
    "div",
    { class: `parts ${crowd}`, role: "group", "aria-label": text.parts },
    parts.map((part) => part.element),
  );
  const [patch, weights, products] = [makeNumbers(text.patch), makeNumbers(text.kernel), makeNumbers(text.products)];
  const signs = ["\u00d7", "="].map((sign) => make("span", { class: "work-sign", text: sign }));
  const sum = sentence("work-sum");
  const grids = make("div", { class: "work-grids" }, [
    patch.element,
    signs[0],
    weights.element,
    signs[1],
    products.element,
  ]);
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  const body = make("div", { class: "work-body" }, [grids, sum, equation.element]);
  const stripName = make("p", { class: "work-name", text: fill(text.parts_name, { layer: source.name, count }) });
  const element = make("div", { class: "work" }, [stripName, strip, waiting, body]);

  /** @param {State} state @returns {Outcome} */
  function show(state) {
    latest = state;
    const { kernel, bias, row, column, look } = state;
    waiting.hidden = Boolean(kernel);
    body.hidden = !kernel;
    const frame = patchOf(layer, source, row, column);
    parts.forEach((part, index) => {
      const channel = first + index;
      part.element.setAttribute("aria-pressed", String(index === selected));
      part.map.show(mapOf(source, channel), source.rows, source.columns, tintOf(look, source, channel), frame);
      part.kernel.element.hidden = part.sum.hidden = !kernel;
    });
    if (!kernel || !frame) return null;
    const worked = convolve(layer, unit, row, column, kernel, bias);
    const [height, width] = layer.kernel;
    const size = height * width;
    const weightTint = ownTint(look.scales, kernel);
    parts.forEach((part, index) => {
      part.kernel.show(kernel.subarray(index * size, (index + 1) * size), height, width, weightTint, null);
      write(part.sum, formatNumber(worked.parts[index], 3));
    });
    const part = convolvePart(layer, unit, selected, row, column, kernel);
    const channel = first + selected;
    write(patch.heading, fill(text.patch_of, { rows: span(frame.top, layer, 0), columns: span(frame.left, layer, 1) }));
    patch.show(part.patch, width, tintOf(look, source, channel), { outside: (cell) => !part.inside[cell] });
    weights.show(part.weights, width, weightTint);
    products.show(part.products, width, { scale: look.scales.diverging, range: worked.most });
    write(sum, fill(text.part_sum, { count: size, channel, sum: formatNumber(part.sum) }));
    equation.show(sumTerms(text, worked, count, first, bias));
    return worked;
  }

  return { element, show };
}

/**
 * Rows or columns of a patch, counted from 0; negative in the padding.
 *
 * @param {number} start
 * @param {Windowed} layer
 * @param {0 | 1} axis
 */
function span(start, layer, axis) {
  const end = start + (layer.kernel[axis] - 1) * layer.dilation[axis];
  return `${formatWhole(start)}\u2013${formatWhole(end)}`;
}

/**
 * @param {Words} text
 * @param {Worked & {parts: number[]}} worked
 * @param {number} count of the parts
 * @param {number} first channel
 * @param {number} bias
 */
function sumTerms(text, worked, count, first, bias) {
  const terms =
    count <= MOST_TERMS
      ? worked.parts.map((part, index) => ({ number: part, name: fill(text.term_channel, { channel: first + index }) }))
      : [{ number: worked.sum - bias, name: fill(text.term_channels, { count }) }];
  return [...terms, { number: bias, name: text.term_bias }, { result: worked.sum, name: text.term_sum }];
}

/** @param {Words} text @param {Windowed} layer @returns {Example} */
function workPool(text, layer) {
  const grid = makeNumbers(text.window);
  const map = makeFramedMap("map-medium");
  const line = sentence();
  const caption = make("figcaption");
  const figure = make("figure", { class: "numbers" }, [caption, map.element]);
  return {
    element: make("div", { class: "work" }, [make("div", { class: "work-grids" }, [figure, grid.element]), line]),
    show({ unit, row, column, look, layers }) {
      const source = layer.from[0];
      const worked = poolWindow(layer, unit, row, column);
      const tint = tintOf(look, source, unit);
      write(caption, unitName(source, unit, layers, text));
      map.show(mapOf(source, unit), source.rows, source.columns, tint, patchOf(layer, source, row, column));
      grid.show(worked.values, layer.kernel[1], tint, { marked: worked.best });
      const inside = worked.values.filter((value) => !Number.isNaN(value)).length;
      write(
        line,
        fill(text.work_pool, {
          count: inside,
          value: formatNumber(worked.sum),
          row: worked.row,
          column: worked.column,
          layer: source.name,
        }),
      );
      return worked;
    },
  };
}

/** @param {Words} text @param {Layer} layer @returns {Example} */
function workRelu(text, layer) {
  const map = layer.vector || layer.from[0].units !== layer.units ? null : makeFramedMap("map-medium");
  const caption = make("figcaption");
  const figure = map && make("figure", { class: "numbers" }, [caption, map.element]);
  const equation = makeEquation();
  const line = sentence();
  return {
    element: make("div", { class: "work" }, [figure, equation.element, line]),
    show({ unit, row, column, look, layers }) {
      const source = layer.from[0];
      const input = source.values[(unit * layer.rows + row) * layer.columns + column];
      const worked = { sum: input < 0 ? 0 : input, size: 0 };
      if (map) {
        write(caption, unitName(source, unit, layers, text));
        map.show(mapOf(source, unit), source.rows, source.columns, tintOf(look, source, unit), {
          top: row,
          left: column,
          height: 1,
          width: 1,
        });
      }
      equation.show([
        {
          words: `max(0, ${formatNumber(input)})`,
          name: source.units === layer.units ? unitName(source, unit, layers, text) : source.name,
        },
        { result: worked.sum, name: text.output },
      ]);
      write(line, input < 0 ? text.work_relu_cut : text.work_relu_kept);
      return worked;
    },
  };
}

/** @param {Words} text @param {Layer} layer @param {Layer[]} layers @returns {Example} */
function workLinear(text, layer, layers) {
  const source = layer.from[0];
  const names = ["source_values", "weights", "linear_products"];
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
    return {
      name,
      caption,
      figure,
      holder,
      frame,
      sheet: makeSheet(canvas, source, box, globalThis.devicePixelRatio || 1),
    };
  });
  const signs = ["\u00d7", "="].map((sign) => make("span", { class: "work-sign", text: sign }));
  const grids = make("div", { class: "work-grids" }, [
    pictures[0].figure,
    signs[0],
    pictures[1].figure,
    signs[1],
    pictures[2].figure,
  ]);
  const pointedLine = sentence("work-sum");
  const listBody = make("tbody");
  const list = make("table", { class: "contributions", "aria-label": text.largest }, [
    make("caption", { text: text.largest }),
    listBody,
  ]);
  const lines = Array.from({ length: LARGEST_LISTED }, () => {
    const cells = /** @type {const} */ (["th", "td", "td", "td"]).map((tag) => make(tag));
    const row = make("tr", {}, cells);
    listBody.append(row);
    return { row, cells };
  });
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  const left = make("div", { class: "work-body" }, [grids, pointedLine, equation.element]);
  const body = make("div", { class: "work-beside" }, [left, list]);
  /** Weight that the pointer is on. @type {number | null} */
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

  /** @param {State} state @returns {Outcome} */
  function show(state) {
    latest = state;
    const { kernel, bias, look } = state;
    waiting.hidden = Boolean(kernel);
    body.hidden = !kernel;
    if (!kernel) return null;
    const worked = weigh(source.values, kernel, bias);
    const order = Array.from(worked.products.keys()).sort(
      (a, b) => Math.abs(worked.products[b]) - Math.abs(worked.products[a]),
    );
    const at = index ?? order[0];
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
      fill(text.work_product, {
        name: nameAt(at),
        value: formatNumber(source.values[at]),
        weight: formatNumber(kernel[at]),
        product: formatNumber(worked.products[at]),
      }),
    );
    lines.forEach(({ row, cells }, place) => {
      const which = order[place];
      row.hidden = which === undefined;
      if (which === undefined) return;
      write(cells[0], nameAt(which));
      write(cells[1], formatNumber(source.values[which]));
      write(cells[2], `\u00d7 ${formatNumber(kernel[which])}`);
      write(cells[3], `= ${formatNumber(worked.products[which])}`);
    });
    equation.show([
      { number: worked.total, name: fill(text.term_products, { count: source.values.length }) },
      { number: bias, name: text.term_bias },
      { result: worked.sum, name: text.term_sum },
    ]);
    return worked;
  }

  return { element: make("div", { class: "work" }, [waiting, body]), show };
}

/** A layer's units as a small picture of its own, about square. @param {Layer} source @returns {Grid} */
function thumbnailBox(source) {
  const [wide, gap] = source.vector
    ? [12, 1]
    : [
        Math.max(
          source.columns * Math.floor(Math.max(24, 160 / Math.sqrt(source.units)) / source.columns),
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

/** @param {Words} text @param {Layer} layer @returns {Example} */
function workSoftmax(text, layer) {
  const names = ["digit", "logit", "shifted", "power", "share"];
  const head = make(
    "tr",
    {},
    names.map((name) => make("th", { scope: "col", text: text[`softmax_${name}`] })),
  );
  const lines = Array.from({ length: layer.units }, (_, unit) => {
    const cells = names.map((name) =>
      make(name === "digit" ? "th" : "td", name === "digit" ? { scope: "row", text: unit } : {}),
    );
    return { row: make("tr", {}, cells), cells };
  });
  const total = make("td");
  const foot = make("tr", {}, [make("th", { scope: "row", colspan: 3, text: text.softmax_sum }), total, make("td")]);
  const table = make("table", { class: "softmax-table" }, [
    make("thead", {}, [head]),
    make(
      "tbody",
      {},
      lines.map(({ row }) => row),
    ),
    make("tfoot", {}, [foot]),
  ]);
  const line = sentence("work-sum");
  return {
    element: make("div", { class: "work" }, [make("div", { class: "scroll" }, [table]), line]),
    show({ unit }) {
      const worked = softmax(layer.from[0].values);
      lines.forEach(({ row, cells }, index) => {
        const values = [layer.from[0].values[index], worked.shifted[index], worked.powers[index], worked.shares[index]];
        for (const [column, value] of values.entries()) write(cells[column + 1], formatNumber(value));
        row.classList.toggle("is-chosen", index === unit);
      });
      write(total, formatNumber(worked.total));
      const share = worked.shares[unit];
      const values = {
        power: formatNumber(worked.powers[unit]),
        total: formatNumber(worked.total),
        share: formatNumber(share),
        percent: formatPercent(share),
      };
      write(line, fill(text.work_softmax, values));
      return { sum: share, size: 1 };
    },
  };
}

/** @param {Words} text @param {Subject} subject @returns {Example} */
function workUnknown(text, { layer, layers, unit }) {
  const line = make("p", { class: "work-line", text: fill(text.work_unknown, { kind: layer.kind }) });
  const shown = layer.from
    .filter((source) => !source.vector)
    .flatMap((source) => {
      const { first, count } = unitsRead(layer, source, unit);
      return Array.from({ length: count }, (_, i) => ({ source, channel: first + i, map: makeFramedMap("map-part") }));
    });
  const strip = make(
    "div",
    { class: "parts" },
    shown.map(({ source, channel, map }) =>
      make("span", { class: "part" }, [
        make("span", { class: "part-name", text: unitName(source, channel, layers, text) }),
        map.element,
      ]),
    ),
  );
  return {
    element: make("div", { class: "work" }, [strip, line]),
    show({ look, row, column }) {
      for (const { source, channel, map } of shown) {
        const tint = tintOf(look, source, channel);
        map.show(mapOf(source, channel), source.rows, source.columns, tint, patchOf(layer, source, row, column));
      }
      return null;
    },
  };
}

/**
 * @param {Words} text
 * @param {Layer} layer
 * @param {Outcome} outcome
 * @param {number} value
 * @returns {string} whether what was worked out is the value that PyTorch computed, in words
 */
export function verdict(text, layer, outcome, value) {
  if (!outcome) return "";
  if (!layer.sent && layer.state === "activation") return text.chosen;
  return fill(matches(outcome, value) ? text.matches : text.differs, {
    value: formatNumber(value),
    sum: formatNumber(outcome.sum),
  });
}
