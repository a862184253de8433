// Parts of the page: texts with marks for code and emphasis, tables of texts, and choices.

import { make } from "../components/shared/dom.js";

const MARKED = /`([^`]*)`|\*\*([^*]*)\*\*/g;

/** @param {string} text with `code` and **strong** words @returns {Node[]} */
export function rich(text) {
  /** @type {Node[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(MARKED)) {
    parts.push(document.createTextNode(text.slice(end, found.index)));
    parts.push(found[1] === undefined ? make("strong", { text: found[2] }) : make("code", { text: found[1] }));
    end = found.index + found[0].length;
  }
  return [...parts, document.createTextNode(text.slice(end))];
}

/** @param {string} label @param {string[]} head @param {string[][]} rows the first cell of each is its heading */
export function makeTable(label, head, rows) {
  const cells = (/** @type {string[]} */ [first, ...rest]) => [
    make("th", { scope: "row", text: first }),
    ...rest.map((text) => make("td", { text })),
  ];
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, [
    make("table", {}, [
      make("thead", {}, [
        make(
          "tr",
          {},
          head.map((text) => make("th", { scope: "col", text })),
        ),
      ]),
      make(
        "tbody",
        {},
        rows.map((row) => make("tr", {}, cells(row))),
      ),
    ]),
  ]);
}

/** @param {string} legend @param {string} name @param {string[]} labels @param {(place: number) => void} chosen */
export function makeChoice(legend, name, labels, chosen) {
  const buttons = labels.map((label, place) => {
    const input = make("input", { type: "radio", name, checked: place === 0 });
    input.onchange = () => chosen(place);
    return make("label", {}, [input, make("span", { text: label })]);
  });
  return make("fieldset", { class: "choice" }, [make("legend", { text: legend }), ...buttons]);
}
