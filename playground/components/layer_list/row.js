// One layer in the list: its options, and what follows from them.

/** @import { Words } from "../shared/types.js" */
/** @import { LayerType, Row } from "./layer_list.js" */
/** @import { Given } from "./options.js" */
import { fill, make, write } from "../shared/dom.js";
import { makeMiniature } from "./miniature.js";
import { makeField } from "./options.js";

const FIRST = 4;

/**
 * @param {LayerType} type
 * @param {number} place in the list, counted from 0
 * @param {number} count of all layers
 * @param {Words} text
 * @param {{change: (name: string, value: Given) => void, remove: () => void, move: (by: number) => void, mend: () => void}} on
 * @returns {{element: HTMLElement, update: (row: Row) => void}}
 */
export function makeRow(type, place, count, text, on) {
  const fields = type.options.map((option) => makeField(option, text, (value) => on.change(option.name, value)));
  const elements = fields.map(({ element }) => element);
  const more = elements.slice(FIRST);
  const rest = make("details", { class: "more" }, [make("summary", { text: text.more }), ...more]);
  const name = make("span", { class: "name" });
  const miniature = makeMiniature();
  const shape = make("span", { class: "shape" });
  const sizes = make("span", { class: "sizes" });
  const [parameters, products, field] = ["parameters", "products", "field"].map((key) => {
    const value = make("dd");
    return { line: make("div", {}, [make("dt", { text: text[key] }), value]), value };
  });
  const problem = make("div", { class: "problem", hidden: true });
  const label = { number: place, name: type.label };
  const button = (
    /** @type {string} */ key,
    /** @type {string} */ sign,
    /** @type {() => void} */ act,
    off = false,
  ) => {
    const made = make("button", {
      type: "button",
      class: "outlined",
      text: sign,
      "aria-label": fill(text[key], label),
      title: fill(text[key], label),
      disabled: off,
    });
    made.onclick = act;
    return made;
  };
  const element = make("li", { class: "row", "aria-label": fill(text.row, label) }, [
    make("div", { class: "head" }, [
      make("span", { class: "place", text: place }),
      miniature.element,
      make("span", { class: "title" }, [make("strong", { text: type.label }), name]),
    ]),
    make("div", { class: "options" }, [...elements.slice(0, FIRST), more.length > 0 && rest]),
    make("div", { class: "result" }, [shape, sizes]),
    make("dl", { class: "numbers" }, [parameters.line, products.line, field.line]),
    make("div", { class: "buttons" }, [
      button("up", "↑", () => on.move(-1), place === 0),
      button("down", "↓", () => on.move(1), place === count - 1),
      button("remove", "✕", on.remove),
    ]),
    problem,
  ]);

  /** @param {Row} row */
  function update(row) {
    write(name, row.attribute);
    write(shape, row.shape || text.unknown);
    write(sizes, row.sizes.join(" · "));
    for (const [{ line, value }, words] of /** @type {const} */ ([
      [parameters, row.parameters],
      [products, row.products],
      [field, row.receptive_field],
    ])) {
      line.hidden = !words;
      write(value, words);
    }
    miniature.show(row.output);
    element.classList.toggle("is-unknown", !row.output.length);
    element.classList.toggle("is-wrong", row.problem !== null);
    element.classList.toggle("is-advised", row.advice !== null);
    type.options.forEach((option, index) => {
      const value = row.values[option.name];
      fields[index].show(value, row.inferred[option.name] ?? "");
      if (index >= FIRST && JSON.stringify(value) !== JSON.stringify(option.default)) rest.open = true;
    });
    const remark = row.problem ?? row.advice;
    problem.hidden = remark === null;
    if (!remark) return;
    const mend = make("button", { type: "button", class: "outlined", text: text.mend });
    mend.onclick = on.mend;
    problem.replaceChildren(
      ...[
        remark.said && make("code", { class: "said", text: remark.said }),
        make("p", { text: remark.words }),
        remark.mend && mend,
      ].filter((part) => part instanceof Node),
    );
  }

  return { element, update };
}
