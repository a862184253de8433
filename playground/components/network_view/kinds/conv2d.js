/** @import { Words } from "../../shared/types.js" */
/** @import { Worked } from "../arithmetic.js" */
/** @import { Layer, Windowed } from "../network.js" */
/** @import { Example, Graded, Kind, Outcome, State } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber, formatWhole } from "../../shared/numbers.js";
import { convolve, convolvePart, sendBack, sendBackPart } from "../arithmetic.js";
import { makeEquation, makeFramedMap, makeNumbers, ownTint, unitOf } from "../detail_parts.js";
import { hasWindow, mapOf, patchOf, patchReading, unitsRead, unitsReading } from "../network.js";
import { makeProduct, sentence, tintOf } from "./example.js";

const MOST_TERMS = 8;
// Sizes in pixels, for the room of numbers that have not arrived.
const [ROW, COLUMN] = [23, 38]; // of a table
const LEAST_TABLE = 120; // width of a table's caption
const SIGNS = 44; // width of the signs between the tables
const AROUND = 96; // height of what is over and under them

/** @type {Kind} */
export const conv2d = {
  forward: (text, { layer, unit }) => (hasWindow(layer) && layer.from[0] ? forward(text, layer, unit) : null),
  backward: (text, { layer, unit }, reader) => (hasWindow(reader) ? backward(text, layer, unit, reader) : null),
};

/** @param {Words} text @param {Windowed} layer @param {number} unit @returns {Example} */
function forward(text, layer, unit) {
  const [source] = layer.from;
  const { first, count } = unitsRead(layer, source, unit);
  const size = layer.kernel[0] * layer.kernel[1];
  const width = layer.kernel[1];
  const strip = makeStrip(text, {
    title: fill(text["conv2d.parts_name"], { layer: source.name, count }),
    label: text["conv2d.parts"],
    channels: { layer: source, first, count },
    kernel: layer.kernel,
    captions: ["conv2d.patch", "conv2d.kernel", "conv2d.products"],
    show,
  });
  /** @param {State} state @param {number} selected @returns {Outcome} */
  function show({ kernel, bias, row, column, look }, selected) {
    strip.wait(Boolean(kernel), false);
    const frame = patchOf(layer, source, row, column);
    strip.parts.forEach((part, index) => {
      const channel = first + index;
      part.map.show(mapOf(source, channel), source.rows, source.columns, tintOf(look, source, channel), frame);
      part.kernel.element.hidden = part.sum.hidden = !kernel;
    });
    if (!kernel || !frame) return null;
    const worked = convolve(layer, unit, row, column, kernel, bias);
    const weightTint = ownTint(look.scales, kernel);
    strip.parts.forEach((part, index) => {
      part.kernel.show(kernel.subarray(index * size, (index + 1) * size), layer.kernel[0], width, weightTint, null);
    });
    const part = convolvePart(layer, unit, selected, row, column, kernel);
    const channel = first + selected;
    const [patch, weights, products] = strip.grids;
    const places = { rows: rowsOrColumns(frame.top, layer, 0), columns: rowsOrColumns(frame.left, layer, 1) };
    write(patch.heading, fill(text["conv2d.patch_of"], places));
    patch.show(part.patch, width, tintOf(look, source, channel), { outside: (cell) => !part.inside[cell] });
    weights.show(part.weights, width, weightTint);
    products.show(part.products, width, { scale: look.scales.diverging, range: worked.most });
    write(strip.line, fill(text["conv2d.part_sum"], { count: size, channel, sum: formatNumber(part.sum) }));
    strip.tell(worked, [
      { number: bias, name: text.term_bias },
      { result: worked.sum, name: text.term_sum },
    ]);
    return worked;
  }

  return strip.example;
}

/**
 * Rows or columns of a patch, counted from 0; negative in the padding.
 *
 * @param {number} start
 * @param {Windowed} layer
 * @param {0 | 1} axis
 */
function rowsOrColumns(start, layer, axis) {
  const end = start + (layer.kernel[axis] - 1) * layer.dilation[axis];
  return `${formatWhole(start)}\u2013${formatWhole(end)}`;
}

/** @param {Words} text @param {Layer} layer @param {number} unit @param {Graded & Windowed} reader */
function backward(text, layer, unit, reader) {
  const { first, count } = unitsReading(reader, layer, unit);
  const size = reader.kernel[0] * reader.kernel[1];
  const width = reader.kernel[1];
  const title = fill(text["conv2d.back_parts"], { layer: reader.name, count });
  const strip = makeStrip(text, {
    title,
    label: title,
    channels: { layer: reader, first, count },
    kernel: reader.kernel,
    captions: ["conv2d.back_patch", "conv2d.kernel", "conv2d.products"],
    show,
  });

  /** @param {State} state @param {number} selected @returns {Outcome} */
  function show({ row, column, onward, look }, selected) {
    strip.wait(Boolean(onward), true);
    if (!onward) return null;
    const worked = sendBack(reader, first, count, row, column, onward);
    const weightTint = ownTint(look.scales, onward);
    const frame = patchReading(reader, layer, row, column);
    strip.parts.forEach((part, index) => {
      const channel = first + index;
      const tint = tintOf(look, reader.gradient, channel);
      part.map.show(mapOf(reader.gradient, channel), reader.rows, reader.columns, tint, frame);
      part.kernel.show(onward.subarray(index * size, (index + 1) * size), reader.kernel[0], width, weightTint, null);
    });
    const part = sendBackPart(reader, first + selected, selected, row, column, onward);
    const [patch, kernel, products] = strip.grids;
    const units = [unitOf(part.patch), unitOf(part.products)];
    write(patch.heading, inUnits(text, text["conv2d.back_patch"], units[0]));
    write(products.heading, inUnits(text, text["conv2d.products"], units[1]));
    patch.show(part.patch, width, tintOf(look, reader.gradient, first + selected), {
      outside: (cell) => !part.inside[cell],
      unit: units[0],
    });
    kernel.show(part.weights, width, weightTint);
    products.show(part.products, width, { scale: look.scales.diverging, range: worked.most }, { unit: units[1] });
    const channel = first + selected;
    write(strip.line, fill(text["conv2d.back_part"], { channel, sum: formatNumber(part.sum) }));
    strip.tell(worked, [{ result: worked.sum, name: text.gradient }]);
    return worked;
  }

  return strip.example;
}

/** Caption with the factor that was taken out of the numbers under it. @param {Words} text @param {string} caption @param {number} unit */
function inUnits(text, caption, unit) {
  return unit === 1 ? caption : fill(text["conv2d.back_units"], { caption, unit: formatNumber(unit, 1) });
}

/**
 * Strip of the channels that contribute to a sum, and the products of the selected one.
 *
 * @param {Words} text
 * @param {object} given
 * @param {string} given.title
 * @param {string} given.label of the channels, for assistive technology
 * @param {{layer: Layer, first: number, count: number}} given.channels
 * @param {number[]} given.kernel height and width
 * @param {string[]} given.captions keys of the texts over the three tables of numbers
 * @param {(state: State, selected: number) => Outcome} given.show called with each state and each selection
 */
function makeStrip(text, { title, label, channels, kernel: sides, captions, show }) {
  const { layer, first, count } = channels;
  let selected = 0;
  /** @type {State | null} */
  let latest = null;
  const parts = Array.from({ length: count }, (_, index) => {
    const map = makeFramedMap("map-part");
    const kernel = makeFramedMap("map-kernel");
    const sum = make("span", { class: "part-sum" });
    const name = fill(text.part_label, { layer: layer.name, channel: first + index });
    const element = make("button", { type: "button", class: "part", "aria-label": name, "aria-pressed": index === 0 }, [
      make("span", { class: "part-name", text: first + index }),
      map.element,
      kernel.element,
      sum,
    ]);
    const select = () => {
      if (selected === index) return;
      selected = index;
      if (latest) update(latest);
    };
    element.onclick = element.onpointerenter = element.onfocus = select;
    return { element, map, kernel, sum };
  });
  const tiles = parts.map((part) => part.element);
  const list = make("div", { class: "parts", role: "group", "aria-label": label }, tiles);
  const named = make("p", { class: "work-name", text: title });
  const row = make("div", { class: "read" }, [named, list]);
  const grids = captions.map((key) => makeNumbers(text[key]));
  const line = sentence("work-sum");
  const equation = makeEquation();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  const body = make("div", { class: "work-body" }, [
    makeProduct(grids.map((grid) => grid.element)),
    line,
    equation.element,
  ]);

  /** @param {State} state @returns {Outcome} */
  function update(state) {
    latest = state;
    parts.forEach((part, index) => {
      part.element.setAttribute("aria-pressed", String(index === selected));
    });
    return show(state, selected);
  }

  const element = make("div", { class: "work" }, [waiting, body]);
  const maps = parts.map(({ map }) => map.element);
  return {
    /** @type {Example} */
    example: {
      element,
      read: { element: row, title: named, list, tiles, maps, layer, first, kernel: sides },
      least: { width: 3 * Math.max(LEAST_TABLE, sides[1] * COLUMN) + SIGNS, height: sides[0] * ROW + AROUND },
      show: update,
    },
    parts,
    grids,
    line,
    /** @param {boolean} here true once the weights have arrived @param {boolean} whole true if the channels wait as well */
    wait(here, whole) {
      waiting.hidden = here;
      body.hidden = !here;
      row.hidden = whole && !here;
    },
    /** @param {Worked & {parts: number[]}} worked @param {{number?: number, result?: number, name: string}[]} rest */
    tell(worked, rest) {
      parts.forEach((part, index) => {
        write(part.sum, formatNumber(worked.parts[index], 3));
      });
      const terms =
        count <= MOST_TERMS
          ? worked.parts.map((number, index) => ({
              number,
              name: fill(text["conv2d.term_channel"], { channel: first + index }),
            }))
          : [
              {
                number: worked.parts.reduce((sum, part) => sum + part, 0),
                name: fill(text["conv2d.term_channels"], { count }),
              },
            ];
      equation.show([...terms, ...rest]);
    },
  };
}
