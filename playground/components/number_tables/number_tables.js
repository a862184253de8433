// Component module: cards with tensors as tables of numbers.

/** @import { Palette, Scale } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
import { entryOf, makeScales, textOn, themeOf, toCss } from "../shared/colors.js";
import { fill, make } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";

export const skeleton = '<div class="number-tables" data-testid="number-tables"></div>';

/**
 * @typedef {object} TableData
 * @property {string} label
 * @property {string} none reason why there are no numbers
 * @property {number[] | null} shape of the tensor, null if there is none
 * @property {number} rows that are sent
 * @property {number} columns
 */

/**
 * @typedef {object} CardData
 * @property {string} title
 * @property {string} note
 * @property {string[]} facts
 * @property {TableData[]} tables
 */

/** Factor for the end of the color scale: the largest value gets half the strength, as full color would be too loud. */
const SOFTEN = 2;

/** Content that each instance shows, to skip equal updates. @type {WeakMap<Element, {signature: string}>} */
const shownTables = new WeakMap();

/** @param {Component<{cards: CardData[], numbers: Uint8Array, legend: boolean, text: Words, palette: Palette}>} component */
export function render({ data, parentElement }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".number-tables"));
  const theme = themeOf(root);
  const signature = `${theme} ${data.numbers.join()} ${JSON.stringify(data.cards)}`;
  if (shownTables.get(root)?.signature === signature) return;
  shownTables.set(root, { signature });
  const { diverging } = makeScales(data.palette[theme]);
  const numbers = new Float32Array(data.numbers.slice().buffer);
  let offset = 0;
  const cards = data.cards.map((card) =>
    makeNumberCard(card, data.text, (table) => {
      const own = numbers.subarray(offset, offset + table.rows * table.columns);
      offset += own.length;
      return makeTable(table, own, diverging, data.text);
    }),
  );
  const bar = make("span", { class: "legend-bar" });
  bar.style.backgroundSize = `${100 * SOFTEN}%`;
  bar.style.backgroundPosition = "center";
  bar.style.backgroundImage = diverging.gradient;
  const legend = make("p", { class: "legend" }, [
    make("span", { text: data.text.low }),
    bar,
    make("span", { text: data.text.high }),
  ]);
  root.replaceChildren(make("div", { class: "cards" }, cards), ...(data.legend ? [legend] : []));
}

/** @param {CardData} card @param {Record<string, string>} text @param {(table: TableData) => HTMLElement} draw */
function makeNumberCard(card, text, draw) {
  const head = make("h4", { class: "card-head" }, [
    make("span", { class: "card-title", text: card.title }),
    card.note ? make("span", { class: "card-note", text: card.note }) : null,
  ]);
  const facts = card.facts.map((fact) => make("li", { text: fact }));
  return make("section", { class: "card", "aria-label": card.title }, [
    head,
    facts.length ? make("ul", { class: "facts", "aria-label": text.facts }, facts) : null,
    make("div", { class: "tables" }, card.tables.map(draw)),
  ]);
}

/**
 * @param {TableData} table
 * @param {Float32Array} numbers
 * @param {Scale} scale
 * @param {Record<string, string>} text
 */
function makeTable(table, numbers, scale, text) {
  const shape = table.shape?.join("×") ?? "";
  const label = make("figcaption", {}, [
    make("span", { class: "label", text: table.label }),
    make("span", { class: "shape", text: shape }),
  ]);
  const figure = make("figure", { "data-table": table.label }, [label]);
  if (!table.shape) {
    figure.append(make("p", { class: "none" }, [make("code", { text: "None" }), make("span", { text: table.none })]));
    return figure;
  }
  const reach = numbers.reduce(
    (most, number) => (Number.isFinite(number) ? Math.max(most, Math.abs(number)) : most),
    0,
  );
  const body = make("tbody");
  for (let row = 0; row < table.rows; row++) {
    const cells = Array.from(numbers.subarray(row * table.columns, (row + 1) * table.columns), (number) => {
      const cell = make("td", { text: formatNumber(number), class: Number.isFinite(number) ? "" : "odd" });
      if (Number.isFinite(number)) {
        const color = scale.table[entryOf(number, SOFTEN * reach, true)];
        cell.style.background = toCss(color);
        cell.style.color = textOn(color);
      }
      return cell;
    });
    body.append(make("tr", {}, cells));
  }
  figure.append(make("div", { class: "scroll" }, [make("table", { "aria-label": `${table.label} ${shape}` }, [body])]));
  const count = table.shape.reduce((product, length) => product * length, 1);
  if (count > numbers.length)
    figure.append(
      make("p", { class: "part", text: fill(text.part, { rows: table.rows, columns: table.columns, count }) }),
    );
  return figure;
}
