// Elementwise operations: each output is computed from one input, and backward multiplies by a slope.

/** @import { Words } from "../../shared/types.js" */
/** @import { Layer } from "../network.js" */
/** @import { Kind, Outcome, State } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { makeEquation, makeFramedMap } from "../detail_parts.js";
import { mapOf } from "../network.js";
import { unitName } from "../words.js";
import { heading, readOne, sentence, tintOf } from "./example.js";

/**
 * @typedef {object} Made
 * @property {number} sum the result
 * @property {string} words the calculation, up to the equals sign
 * @property {string} [line] a sentence on the calculation
 * @property {number} [size] sum of the magnitudes that were added, which bounds the rounding error
 */

/**
 * Kind of an elementwise operation.
 *
 * @param {object} rules each returns null until the numbers that it needs have arrived
 * @param {(text: Words, input: number, state: State) => Made | null} rules.forward
 * @param {(text: Words, arriving: number, input: number, output: number, reader: Layer, state: State) => Made | null} rules.backward
 *     the gradient that `reader`, a layer of this kind, passes back for the one arriving at a number of its output
 * @param {Kind["copy"]} [copy]
 * @returns {Kind}
 */
export function elementwise({ forward, backward }, copy) {
  return {
    copy,
    forward(text, { layer, unit }) {
      const [source] = layer.from;
      if (!source || source.values.length !== layer.values.length) return null;
      const map = layer.vector || source.units !== layer.units ? null : makeFramedMap("map-part");
      const caption = make("figcaption");
      const { parts, tell } = makeParts(text);
      return {
        element: make("div", { class: "work" }, parts),
        read: map ? readOne(caption, map.element, source, unit) : undefined,
        show(state) {
          const { row, column, look, layers } = state;
          const name = source.units === layer.units ? unitName(source, unit, layers, text) : source.name;
          if (map) {
            write(caption, name);
            const frame = { top: row, left: column, height: 1, width: 1 };
            map.show(mapOf(source, unit), source.rows, source.columns, tintOf(look, source, unit), frame);
          }
          const input = source.values[(unit * layer.rows + row) * layer.columns + column];
          return tell(forward(text, input, state), name, text.output);
        },
      };
    },
    backward(text, { layer, unit }, reader) {
      if (reader.values.length !== layer.values.length) return null;
      const { parts, tell } = makeParts(text);
      const map = layer.vector || reader.units !== layer.units ? null : makeFramedMap("map-part");
      const caption = make("figcaption");
      return {
        element: make("div", { class: "work" }, [heading(text, reader), ...parts]),
        read: map ? readOne(caption, map.element, reader, unit) : undefined,
        show(state) {
          const { row, column, layers, look } = state;
          const at = (unit * layer.rows + row) * layer.columns + column;
          const name = reader.units === layer.units ? unitName(reader, unit, layers, text) : reader.name;
          if (map) {
            write(caption, fill(text.back_arrives, { name }));
            const frame = { top: row, left: column, height: 1, width: 1 };
            const tint = tintOf(look, reader.gradient, unit);
            map.show(mapOf(reader.gradient, unit), reader.rows, reader.columns, tint, frame);
          }
          const arriving = reader.gradient.values[at];
          const made = backward(text, arriving, layer.values[at], reader.values[at], reader, state);
          return tell(made, fill(text.back_arrives, { name }), text.gradient);
        },
      };
    },
  };
}

/**
 * Calculation of the gradient that is passed back: the arriving one times the slope.
 *
 * @param {number} arriving
 * @param {number} slope
 * @returns {Made}
 */
export function timesSlope(arriving, slope) {
  return { sum: arriving * slope, words: `${formatNumber(arriving)} \u00d7 ${formatNumber(slope)}` };
}

/** @param {Words} text */
function makeParts(text) {
  const equation = makeEquation();
  const line = sentence();
  const waiting = make("p", { class: "work-line", text: text.waiting });
  return {
    parts: [waiting, equation.element, line],
    /** @param {Made | null} made @param {string} name @param {string} result @returns {Outcome} */
    tell(made, name, result) {
      waiting.hidden = Boolean(made);
      equation.element.hidden = !made;
      line.hidden = !made?.line;
      if (!made) return null;
      equation.show([
        { words: made.words, name },
        { result: made.sum, name: result },
      ]);
      write(line, made.line ?? "");
      return { sum: made.sum, size: made.size ?? 0 };
    },
  };
}
