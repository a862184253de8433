// Type of a kind of operation that an open unit's panel explains, and functions that several kinds share.

/** @import { Words } from "../../shared/types.js" */
/** @import { Tint } from "../detail_parts.js" */
/** @import { Rect } from "../layout.js" */
/** @import { Layer } from "../network.js" */
/** @import { Look } from "../picture.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { kindText } from "../words.js";

/**
 * @typedef {object} Kind
 * @property {(layer: Layer) => void} [copy] computes a layer's values if they aren't sent, bit for bit as PyTorch does
 * @property {(text: Words, subject: Subject) => Example | null} forward worked example of a value; null if impossible
 * @property {(text: Words, subject: Subject, reader: Graded) => Example | null} [backward] worked example of a gradient
 *     that came back through `reader`, a layer of this kind; null if impossible
 *
 * @typedef {Layer & {gradient: Layer}} Graded a layer with a gradient
 *
 * @typedef {object} Subject the unit that a worked example explains
 * @property {Layer[]} layers
 * @property {Layer} layer
 * @property {number} unit
 *
 * @typedef {object} Given data that each new value brings
 * @property {Float32Array | null} kernel null until it has arrived
 * @property {number} bias
 * @property {Float32Array | null} onward the weights through which the gradient flows, null if they aren't available
 * @property {Look} look
 * @property {{parameters: string | null, size: string | null} | null} [facts] sums about the layer
 * @property {boolean} [switches] true if channels can be switched off
 *
 * @typedef {object} Cell the cell of the unit whose value is worked out
 * @property {number} row
 * @property {number} column
 * @property {number} value value that PyTorch computed for this cell
 *
 * @typedef {Subject & Given & Cell} State content of a worked example
 *
 * @typedef {{sum: number, size: number, parts?: number[]} | null} Outcome null if nothing was computed; `parts` are what
 *     each of the sources adds to the sum
 *
 * @typedef {object} Read maps that the unit reads or that send it a gradient, shown beside the result; see `zoom_tiles.js`
 * @property {HTMLElement} element
 * @property {HTMLElement | null} title
 * @property {HTMLElement} list of the tiles
 * @property {HTMLElement[]} tiles
 * @property {HTMLElement[]} maps in the tiles
 * @property {Layer} layer
 * @property {number} first number of the channel in the first tile
 * @property {number[] | null} kernel its height and width
 *
 * @typedef {object} Landing place in the panel of a map that the picture shows too
 * @property {Layer} layer
 * @property {number} unit
 * @property {HTMLElement} element
 * @property {HTMLCanvasElement} canvas
 * @property {Rect} [part] of the element, in its own pixels
 *
 * @typedef {object} Example
 * @property {HTMLElement} element the arithmetic
 * @property {Read} [read]
 * @property {() => Landing[]} [landings] maps in the arithmetic itself
 * @property {{width: number, height: number}} [least] size of the arithmetic in pixels, before its numbers have arrived
 * @property {(state: State) => Outcome} show
 */

const LARGEST_LISTED = 6;

/** @param {Look} look @param {Layer} layer @param {number} unit @returns {Tint} the colors of a unit in the picture */
export function tintOf(look, layer, unit) {
  return { scale: look.scales[layer.scale], range: look.rangeOf(layer, unit) };
}

/** @param {string} [className] */
export function sentence(className = "work-line") {
  return make("p", { class: className });
}

/** @param {string} words @returns {Example} */
export function tellOnly(words) {
  return {
    element: make("div", { class: "work" }, [make("p", { class: "work-line", text: words })]),
    show: () => null,
  };
}

/** @param {Words} text @param {Layer} reader layer that passed a gradient back */
export function heading(text, reader) {
  return make("p", {
    class: "work-name",
    text: fill(text.back_name, { layer: reader.name, kind: kindText(reader, text) }),
  });
}

/**
 * Single map that is read, with a caption.
 *
 * @param {HTMLElement} caption
 * @param {HTMLElement} map
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Read}
 */
export function readOne(caption, map, layer, unit) {
  const figure = make("figure", { class: "part-figure" }, [caption, map]);
  const list = make("div", { class: "parts" }, [figure]);
  const element = make("div", { class: "read" }, [list]);
  return { element, title: null, list, tiles: [figure], maps: [map], layer, first: unit, kernel: null };
}

/** @param {(HTMLElement | null)[]} operands elements to join by × and = */
export function makeProduct(operands) {
  const signs = ["\u00d7", "="].map((sign) => make("span", { class: "work-sign", text: sign }));
  return make(
    "div",
    { class: "work-grids" },
    operands.flatMap((operand, place) => (place ? [signs[place - 1], operand] : [operand])),
  );
}

/**
 * Table of the largest of many products.
 *
 * @param {string} caption
 * @param {number} count number of products
 */
export function makeLargest(caption, count) {
  const body = make("tbody");
  const element = make("table", { class: "contributions", "aria-label": caption }, [
    make("caption", { text: caption }),
    body,
  ]);
  const lines = Array.from({ length: Math.min(LARGEST_LISTED, count) }, () => {
    const cells = /** @type {const} */ (["th", "td", "td", "td"]).map((tag) => make(tag));
    body.append(make("tr", {}, cells));
    return cells;
  });
  return {
    element,
    /**
     * @param {Float64Array} products
     * @param {ArrayLike<number>} values
     * @param {ArrayLike<number>} weights
     * @param {(index: number) => string} nameOf
     * @returns {number} index of the largest product
     */
    show(products, values, weights, nameOf) {
      const order = Array.from(products.keys()).sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
      lines.forEach((cells, place) => {
        const which = order[place];
        write(cells[0], nameOf(which));
        write(cells[1], formatNumber(values[which]));
        write(cells[2], `\u00d7 ${formatNumber(weights[which])}`);
        write(cells[3], `= ${formatNumber(products[which])}`);
      });
      return order[0];
    },
  };
}
