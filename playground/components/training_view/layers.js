// Table of the layers: norms of gradient and update, and the share of ReLUs that no digit of a fixed set wakes.

import { fill, make, write } from "../shared/dom.js";
import { formatNumber, formatPercent } from "../shared/numbers.js";

/**
 * @typedef {object} Watch
 * @property {LayerWatch[]} layers
 * @property {number} digits number of watched digits
 * @property {import("./kernels.js").Kernels | null} kernels
 * @property {number[] | null} probabilities
 *
 * @typedef {object} LayerWatch
 * @property {string} name
 * @property {number | null} gradient norm of the gradient of all its parameters
 * @property {number | null} update norm of their change in one step
 * @property {number} weight norm of the parameters
 * @property {number | null} dead share of the units of the ReLU behind it that are 0 for every watched digit; null without one
 */

/** @param {Record<string, string>} text */
export function makeLayers(text) {
  const body = make("tbody");
  const names = ["layer", "gradient", "update", "dead"];
  const head = make("tr", {}, [
    ...names.map((name) =>
      make("th", { scope: "col", text: text[`column_${name}`], title: text[`column_${name}_help`] }),
    ),
  ]);
  const note = make("p", { class: "panel-note", text: text.layers_note });
  const element = make("section", { class: "panel" }, [
    make("h3", { class: "panel-title", text: text.layers }),
    make("table", { class: "layers" }, [make("thead", {}, [head]), body]),
    note,
  ]);
  /** @type {Map<string, {gradient: HTMLElement, update: HTMLElement, dead: HTMLElement}>} */
  const rows = new Map();

  /** @param {string} name */
  function rowOf(name) {
    const known = rows.get(name);
    if (known) return known;
    const cells = { gradient: make("td"), update: make("td"), dead: make("td") };
    body.append(make("tr", {}, [make("th", { scope: "row", text: name }), ...Object.values(cells)]));
    rows.set(name, cells);
    return cells;
  }

  /** @param {LayerWatch[]} layers @param {number} digits number of watched digits */
  function show(layers, digits) {
    write(note, fill(text.layers_note, { digits }));
    for (const { name, gradient, update, weight, dead } of layers) {
      const row = rowOf(name);
      write(row.gradient, gradient === null ? text.not_yet : formatNumber(Number(gradient), 3));
      const share = update === null ? 0 : Number(update) / weight;
      write(
        row.update,
        update === null
          ? text.not_yet
          : fill(text.update, { norm: formatNumber(Number(update), 3), share: formatPercent(share) }),
      );
      write(row.dead, dead === null ? text.no_relu : `${formatPercent(dead)} %`);
    }
  }

  return { element, show };
}
