// Component module: a card for each tensor.

/** @import { Palette, Scale, Theme } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
import { makeScales, themeOf } from "../shared/colors.js";
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { makeTensorPicture } from "./picture.js";
import { placeOfNumber } from "./tiles.js";

export const skeleton = '<div class="tensor-cards" data-testid="tensor-cards"></div>';

/**
 * @typedef {object} CardData
 * @property {string} title
 * @property {string} note
 * @property {number[] | null} shape null if the tensor was not computed
 * @property {string} dtype
 * @property {(number | string)[]} summary norm, least and largest value
 * @property {number} count number of values that are sent
 * @property {number[]} part shape of those values
 * @property {string} cut sentence on the part of the tensor that is sent; "" if all of it is
 */

/** Content that each instance shows. @type {WeakMap<Element, {signature: string, theme: Theme, values: Uint8Array}>} */
const shown = new WeakMap();

/** @param {Component<{cards: CardData[], values: Uint8Array, text: Words, palette: Palette}>} component with a new value */
export function render({ data, parentElement }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".tensor-cards"));
  const theme = themeOf(root);
  const before = shown.get(root);
  const signature = JSON.stringify(data.cards);
  const same = before && before.signature === signature && before.theme === theme && equal(before.values, data.values);
  if (same) return;
  shown.set(root, { signature, theme, values: data.values });
  const scales = makeScales(data.palette[theme]);
  const odd = data.palette[theme].accent;
  root.style.setProperty("--accent", odd);
  let offset = 0;
  root.replaceChildren(
    ...data.cards.map((card) => {
      const values = new Float32Array(data.values.buffer, data.values.byteOffset + 4 * offset, card.count);
      offset += card.count;
      return makeCard(card, values, scales, odd, data.text);
    }),
  );
  root.dataset.cards = String(data.cards.length);
}

/**
 * @param {CardData} card
 * @param {Float32Array} values
 * @param {Record<string, Scale>} scales
 * @param {string} odd color of NaN and infinity
 * @param {Words} text
 */
function makeCard(card, values, scales, odd, text) {
  const head = make("div", { class: "card-head" }, [
    make("span", { class: "card-title", text: card.title }),
    make("span", { class: "card-shape", text: card.shape ? shapeText(card.shape, text) : "" }),
  ]);
  const note = card.note ? make("p", { class: "card-note", text: card.note }) : null;
  if (!card.shape)
    return make("section", { class: "card" }, [head, note, make("p", { class: "card-none", text: text.none })]);
  const [norm, low, high] = card.summary.map(Number);
  const single = card.shape.every((length) => length === 1);
  const says = single
    ? formatNumber(low)
    : fill(text.summary, { norm: formatNumber(norm), low: formatNumber(low, 3), high: formatNumber(high, 3) });
  const numbers = make("p", { class: single ? "card-value" : "card-numbers", text: says });
  if (single || !values.length)
    return make("section", { class: "card" }, [
      head,
      note,
      numbers,
      single ? null : make("p", { class: "card-none", text: text.not_kept }),
    ]);
  const line = make("p", { class: "card-cell", role: "status" });
  const label = fill(text.picture, { title: card.title, shape: shapeText(card.shape, text) });
  const picture = makeTensorPicture(values, card.part, label, (index) => {
    write(line, index < 0 ? "" : `${placeOfNumber(index, card.part)}  ${formatNumber(values[index])}`);
  });
  const { reach, signed, scale, wild } = picture.paint(scales, odd);
  const bar = make("span", { class: "legend-bar", "aria-hidden": "true" });
  bar.style.background = scale.gradient;
  const range =
    wild < values.length
      ? [
          make("span", { text: signed ? formatNumber(-reach, 3) : "0" }),
          bar,
          make("span", { text: formatNumber(reach, 3) }),
        ]
      : [];
  const strange = wild
    ? [make("span", { class: "legend-wild", "aria-hidden": "true" }), make("span", { text: text.wild })]
    : [];
  const legend = make("div", { class: "legend" }, [...range, ...strange, line]);
  const cut = card.cut ? make("p", { class: "card-none", text: card.cut }) : null;
  return make("section", { class: "card" }, [head, note, picture.element, legend, numbers, cut]);
}

/** @param {number[]} shape @param {Words} text */
function shapeText(shape, text) {
  return shape.length ? shape.join("×") : text.scalar;
}

/** @param {Uint8Array} one @param {Uint8Array} other */
function equal(one, other) {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
