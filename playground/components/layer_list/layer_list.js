// A network as a list of layers to edit: Python says what follows from the layers, the browser what they are.

/** @import { Palette } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Given, OptionType } from "./options.js" */
import { themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { makeRow } from "./row.js";

export const skeleton =
  '<div class="layer-list" data-testid="layer-list"><ol class="rows"></ol><div class="foot"></div></div>';

/**
 * A type of layer.
 *
 * @typedef {object} LayerType
 * @property {string} kind
 * @property {string} label
 * @property {OptionType[]} options
 *
 * @typedef {{key: string, said: string, words: string, mend: boolean}} Problem
 *
 * A layer with what follows from those before it, in words.
 *
 * @typedef {object} Row
 * @property {string} kind
 * @property {Record<string, Given>} values
 * @property {string} attribute name of its module, "" for a function
 * @property {number[]} output sizes of its output, empty behind a layer that doesn't fit
 * @property {string} shape of its output
 * @property {string[]} sizes how they were calculated
 * @property {string} parameters
 * @property {string} products
 * @property {string} receptive_field
 * @property {Record<string, string>} inferred values of the options that are left to the playground
 * @property {Problem | null} problem
 * @property {Problem | null} advice where the layer fits, but the network may learn badly because of it
 *
 * @typedef {object} ListData
 * @property {LayerType[]} types
 * @property {Row[]} rows
 * @property {number} side of the input in pixels
 * @property {number[]} sides that the input can have
 * @property {number} most layers
 * @property {number} taken number of the last pick that Python has handled
 * @property {Words} text
 * @property {Palette} palette
 *
 * @typedef {object} List
 * @property {ListData} data
 * @property {Component<ListData>["setStateValue"]} send
 * @property {{kind: string, values: Record<string, Given>}[]} layers as the visitor has them now
 * @property {number} side
 * @property {number} picked number of the last pick
 * @property {string} signature of the rows that are built
 * @property {ReturnType<typeof makeRow>[]} rows
 */

/** @type {WeakMap<Element, List>} */
const lists = new WeakMap();

/** @param {Component<ListData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".layer-list"));
  const list = lists.get(root) ?? {
    data,
    send: setStateValue,
    layers: [],
    side: data.side,
    picked: data.taken,
    signature: "",
    rows: [],
  };
  lists.set(root, list);
  list.send = setStateValue;
  list.data = data;
  root.style.setProperty("--accent", data.palette[themeOf(root)].accent);
  // While a newer change is on its way, the answer to an older one would undo it.
  if (data.taken < list.picked) return;
  list.picked = data.taken;
  list.layers = data.rows.map(({ kind, values }) => ({ kind, values: { ...values } }));
  list.side = data.side;
  build(root, list);
  data.rows.forEach((row, place) => {
    list.rows[place].update(row);
  });
  root.dataset.seq = String(data.taken);
}

/** @param {HTMLElement} root @param {List} list */
function build(root, list) {
  const { data } = list;
  const signature = JSON.stringify([data.rows.map(({ kind }) => kind), data.side, data.text]);
  if (signature === list.signature) return;
  list.signature = signature;
  const types = new Map(data.types.map((type) => [type.kind, type]));
  list.rows = data.rows.map(({ kind }, place) =>
    makeRow(/** @type {LayerType} */ (types.get(kind)), place, data.rows.length, data.text, {
      change: (name, value) => {
        list.layers[place].values[name] = value;
        tell(list);
      },
      remove: () => {
        list.layers.splice(place, 1);
        tell(list);
      },
      move: (by) => {
        const [moved] = list.layers.splice(place, 1);
        list.layers.splice(place + by, 0, moved);
        tell(list);
      },
      mend: () => tell(list, { mend: place }),
    }),
  );
  const rows = /** @type {HTMLElement} */ (root.querySelector(".rows"));
  rows.replaceChildren(...list.rows.map(({ element }) => element));
  const foot = /** @type {HTMLElement} */ (root.querySelector(".foot"));
  foot.replaceChildren(makeAdd(list), makeSides(list), make("output", { class: "full" }));
  write(/** @type {Element} */ (foot.querySelector(".full")), data.rows.length >= data.most ? data.text.full : "");
}

/** @param {List} list */
function makeAdd(list) {
  const { data } = list;
  const options = data.types.map(({ kind, label }) => make("option", { value: kind, text: label }));
  const choice = make(
    "select",
    { class: "add", "aria-label": data.text.add, disabled: data.rows.length >= data.most },
    [make("option", { value: "", text: data.text.add }), ...options],
  );
  choice.onchange = () => {
    const type = data.types.find(({ kind }) => kind === choice.value);
    if (!type) return;
    const values = Object.fromEntries(type.options.map((option) => [option.name, option.default]));
    // Before the last linear layer, which gives the ten numbers, if there is one.
    const end = list.layers.at(-1)?.kind === "linear" ? list.layers.length - 1 : list.layers.length;
    list.layers.splice(type.kind === "linear" ? list.layers.length : end, 0, { kind: type.kind, values });
    choice.value = "";
    tell(list);
  };
  return choice;
}

/** @param {List} list */
function makeSides(list) {
  const { data } = list;
  const buttons = data.sides.map((side) => {
    const input = make("input", { type: "radio", name: "side", value: side, checked: side === data.side });
    input.onchange = () => {
      list.side = side;
      tell(list);
    };
    return make("label", {}, [input, make("span", { text: `${side}×${side}` })]);
  });
  return make("fieldset", { class: "segments" }, [make("legend", { text: data.text.side }), ...buttons]);
}

/** Send the layers as they are now. @param {List} list @param {Record<string, unknown>} more */
function tell(list, more = {}) {
  list.picked += 1;
  list.send("picked", { layers: list.layers, side: list.side, revision: list.picked, ...more });
}
