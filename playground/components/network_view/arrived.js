// How a gradient came about, one worked example for each kind of layer that sent it back. As in worked.js, each is
// {element, show(state)} and says what `show` worked out.

import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
/** @import { Words } from "../shared/types.js" */
/** @import { Layer, Windowed } from "./network.js" */
/** @import { Example, Outcome, State, Subject } from "./worked.js" */
import { poolWindow, sendBack, sendBackPart } from "./arithmetic.js";
import { makeEquation, makeFramedMap, makeNumbers, ownTint, unitOf } from "./detail_parts.js";
import { cellsReading, hasWindow, mapOf, patchReading, unitsReading } from "./network.js";
import { kindText, unitName } from "./words.js";
import { tintOf } from "./worked.js";

const LISTED = 6;

/**
 * A layer whose gradient is known.
 *
 * @template {Layer} [Kind=Layer]
 * @typedef {Kind & {gradient: Layer}} Graded
 */

/** @param {Words} text @param {Subject} subject @returns {Example} */
export function makeArrived(text, { layers, layer, unit }) {
  const readers = layers.filter((one) => one.from.includes(layer));
  const [reader] = readers;
  if (readers.length === 0 || reader.kind === "softmax") return tellOnly(text.back_loss);
  if (readers.length > 1 || !isGraded(reader))
    return tellOnly(fill(text.back_unknown, { kind: readers.map((one) => one.name).join(", ") }));
  if (reader.kind === "linear") return throughLinear(text, layer, reader, layers);
  if (reader.kind === "conv2d" && hasWindow(reader)) return throughConvolution(text, layer, unit, reader);
  if (reader.kind === "relu") return throughRelu(text, layer, reader, layers);
  if (reader.kind === "max_pool2d" && hasWindow(reader) && !layer.vector) return throughPool(text, reader);
  return tellOnly(fill(text.back_unknown, { kind: reader.kind }));
}

/** @param {Layer} layer @returns {layer is Graded} */
function isGraded(layer) {
  return layer.gradient !== null;
}

/** @param {string} words @returns {Example} */
function tellOnly(words) {
  return {
    element: make("div", { class: "work" }, [make("p", { class: "work-line", text: words })]),
    show: () => null,
  };
}

/** @param {Words} text @param {Layer} reader */
function heading(text, reader) {
  return make("p", {
    class: "work-name",
    text: fill(text.back_name, { layer: reader.name, kind: kindText(reader, text) }),
  });
}

/** @param {Words} text @param {Layer} layer @param {Graded} reader @param {Layer[]} layers @returns {Example} */
function throughRelu(text, layer, reader, layers) {
  const equation = makeEquation();
  const line = make("p", { class: "work-line" });
  return {
    element: make("div", { class: "work" }, [heading(text, reader), equation.element, line]),
    show({ unit, row, column }) {
      const at = (unit * layer.rows + row) * layer.columns + column;
      const arriving = reader.gradient.values[at];
      const passes = reader.values[at] > 0;
      const sum = passes ? arriving : 0;
      const name = reader.units === layer.units ? unitName(reader, unit, layers, text) : reader.name;
      equation.show([
        { words: `${formatNumber(arriving)} \u00d7 ${passes ? 1 : 0}`, name: fill(text.back_arrives, { name }) },
        { result: sum, name: text.gradient },
      ]);
      write(line, passes ? text.back_relu_passed : text.back_relu_stopped);
      return { sum, size: 0 };
    },
  };
}

/** @param {Words} text @param {Graded<Windowed>} reader @returns {Example} */
function throughPool(text, reader) {
  const line = make("p", { class: "work-line" });
  const map = makeFramedMap("map-medium");
  const caption = make("figcaption", { text: fill(text.back_arrives, { name: reader.name }) });
  const figure = make("figure", { class: "numbers" }, [caption, map.element]);
  return {
    element: make("div", { class: "work" }, [heading(text, reader), figure, line]),
    show({ unit, row, column, look }) {
      const columns = cellsReading(reader, column, 1);
      const windows = cellsReading(reader, row, 0).flatMap((top) =>
        columns.map((left) => ({ row: top, column: left })),
      );
      const won = windows.filter((at) => {
        const best = poolWindow(reader, unit, at.row, at.column);
        return best.row === row && best.column === column;
      });
      const gradients = mapOf(reader.gradient, unit);
      const parts = won.map((at) => gradients[at.row * reader.columns + at.column]);
      const frame = (won.length ? won : windows)[0];
      map.show(
        gradients,
        reader.rows,
        reader.columns,
        tintOf(look, reader.gradient, unit),
        frame ? { top: frame.row, left: frame.column, height: 1, width: 1 } : null,
      );
      const key =
        windows.length === 0
          ? "back_pool_outside"
          : (["back_pool_lost", "back_pool_won"][won.length] ?? "back_pool_shared");
      write(
        line,
        fill(text[key], {
          layer: reader.name,
          count: won.length,
          row: frame ? frame.row : 0,
          column: frame ? frame.column : 0,
        }),
      );
      return {
        sum: parts.reduce((sum, part) => sum + part, 0),
        size: parts.reduce((sum, part) => sum + Math.abs(part), 0),
      };
    },
  };
}

/** @param {Words} text @param {Layer} layer @param {Graded} reader @param {Layer[]} layers @returns {Example} */
function throughLinear(text, layer, reader, layers) {
  const size = layer.rows * layer.columns;
  const body = make("tbody");
  const caption = fill(text.back_largest, { count: reader.units });
  const list = make("table", { class: "contributions", "aria-label": caption }, [
    make("caption", { text: caption }),
    body,
  ]);
  const lines = Array.from({ length: Math.min(LISTED, reader.units) }, () => {
    const cells = /** @type {const} */ (["th", "td", "td", "td"]).map((tag) => make(tag));
    body.append(make("tr", {}, cells));
    return cells;
  });
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  return {
    element: make("div", { class: "work" }, [heading(text, reader), waiting, list, equation.element]),
    show({ row, column, onward }) {
      waiting.hidden = Boolean(onward);
      list.hidden = equation.element.hidden = !onward;
      if (!onward) return null;
      const arriving = reader.gradient.values;
      const weights = Float64Array.from(arriving, (_, index) => onward[index * size + row * layer.columns + column]);
      const products = weights.map((weight, index) => weight * arriving[index]);
      const order = Array.from(products.keys()).sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
      lines.forEach((cells, place) => {
        const which = order[place];
        write(cells[0], fill(text.back_arrives, { name: unitName(reader, which, layers, text) }));
        write(cells[1], formatNumber(arriving[which]));
        write(cells[2], `\u00d7 ${formatNumber(weights[which])}`);
        write(cells[3], `= ${formatNumber(products[which])}`);
      });
      const sum = products.reduce((total, product) => total + product, 0);
      equation.show([
        { words: formatNumber(sum), name: fill(text.term_products, { count: reader.units }) },
        { result: sum, name: text.gradient },
      ]);
      return { sum, size: products.reduce((total, product) => total + Math.abs(product), 0) };
    },
  };
}

/** A caption, with what the numbers under it are multiples of. @param {Words} text @param {string} caption @param {number} unit */
function inUnits(text, caption, unit) {
  return unit === 1 ? caption : fill(text.back_units, { caption, unit: formatNumber(unit, 1) });
}

/** @param {Words} text @param {Layer} layer @param {number} unit @param {Graded<Windowed>} reader @returns {Example} */
function throughConvolution(text, layer, unit, reader) {
  const { first, count } = unitsReading(reader, layer, unit);
  let selected = 0;
  /** @type {State | null} */
  let latest = null;
  const parts = Array.from({ length: count }, (_, part) => {
    const map = makeFramedMap("map-part");
    const sum = make("span", { class: "part-sum" });
    const label = fill(text.part_label, { layer: reader.name, channel: first + part });
    const element = make("button", { type: "button", class: "part", "aria-label": label, "aria-pressed": part === 0 }, [
      make("span", { class: "part-name", text: first + part }),
      map.element,
      sum,
    ]);
    element.onclick =
      element.onpointerenter =
      element.onfocus =
        () => {
          if (selected === part) return;
          selected = part;
          if (latest) show(latest);
        };
    return { element, map, sum };
  });
  const title = fill(text.back_parts, { layer: reader.name, count });
  const strip = make(
    "div",
    { class: count > 12 ? "parts is-many" : "parts", role: "group", "aria-label": title },
    parts.map((part) => part.element),
  );
  const [patch, kernel, products] = [text.back_patch, text.back_kernel, text.back_products].map(makeNumbers);
  const signs = ["\u00d7", "="].map((sign) => make("span", { class: "work-sign", text: sign }));
  const line = make("p", { class: "work-sum" });
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  const body = make("div", { class: "work-body" }, [
    make("div", { class: "work-grids" }, [patch.element, signs[0], kernel.element, signs[1], products.element]),
    line,
    equation.element,
  ]);
  const element = make("div", { class: "work" }, [
    make("p", { class: "work-name", text: title }),
    strip,
    waiting,
    body,
  ]);

  /** @param {State} state @returns {Outcome} */
  function show(state) {
    latest = state;
    const { row, column, onward, look } = state;
    waiting.hidden = Boolean(onward);
    strip.hidden = body.hidden = !onward;
    if (!onward) return null;
    const worked = sendBack(reader, first, count, row, column, onward);
    const frame = patchReading(reader, layer, row, column);
    parts.forEach((part, index) => {
      const channel = first + index;
      part.element.setAttribute("aria-pressed", String(index === selected));
      part.map.show(
        mapOf(reader.gradient, channel),
        reader.rows,
        reader.columns,
        tintOf(look, reader.gradient, channel),
        frame,
      );
      write(part.sum, formatNumber(worked.parts[index], 3));
    });
    const part = sendBackPart(reader, first + selected, selected, row, column, onward);
    const columns = reader.kernel[1];
    const units = [unitOf(part.patch), unitOf(part.products)];
    write(patch.heading, inUnits(text, text.back_patch, units[0]));
    write(products.heading, inUnits(text, text.back_products, units[1]));
    patch.show(part.patch, columns, tintOf(look, reader.gradient, first + selected), {
      outside: (cell) => !part.inside[cell],
      unit: units[0],
    });
    kernel.show(part.weights, columns, ownTint(look.scales, onward));
    products.show(part.products, columns, { scale: look.scales.diverging, range: worked.most }, { unit: units[1] });
    write(line, fill(text.back_part, { channel: first + selected, sum: formatNumber(part.sum) }));
    const terms =
      count <= 8
        ? worked.parts.map((number, index) => ({ number, name: fill(text.term_channel, { channel: first + index }) }))
        : [{ words: formatNumber(worked.sum), name: fill(text.term_channels, { count }) }];
    equation.show([...terms, { result: worked.sum, name: text.gradient }]);
    return worked;
  }

  return { element, show };
}
