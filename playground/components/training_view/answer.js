// The network's ten probabilities for the visitor's digit, while it trains.

import { fill, make, write } from "../shared/dom.js";
import { formatPercent } from "../shared/numbers.js";

/** @param {Record<string, string>} text */
export function makeAnswer(text) {
  const note = make("p", { class: "panel-note" });
  const list = make("ol", { class: "answer", "aria-label": text.answer });
  const element = make("section", { class: "panel" }, [
    make("h3", { class: "panel-title", text: text.answer }),
    list,
    note,
  ]);
  /** @type {{bar: HTMLElement, value: HTMLElement, item: HTMLElement}[]} */
  let rows = [];

  /** @param {number[] | null} probabilities null if the pad is empty */
  function show(probabilities) {
    element.classList.toggle("is-empty", probabilities === null);
    if (probabilities === null) {
      write(note, text.answer_none);
      return;
    }
    if (rows.length !== probabilities.length) {
      rows = probabilities.map(() => ({
        bar: make("i"),
        value: make("span", { class: "answer-share" }),
        item: make("li"),
      }));
      rows.forEach(({ bar, value, item }, digit) => {
        item.append(make("span", { text: digit }), make("span", { class: "answer-track" }, [bar]), value);
      });
      list.replaceChildren(...rows.map(({ item }) => item));
    }
    const first = probabilities.indexOf(Math.max(...probabilities));
    rows.forEach(({ bar, value, item }, digit) => {
      bar.style.transform = `scaleX(${probabilities[digit]})`;
      write(value, `${formatPercent(probabilities[digit])} %`);
      item.classList.toggle("is-first", digit === first);
    });
    write(note, fill(text.answer_note, { digit: first, percent: formatPercent(probabilities[first]) }));
  }

  return { element, show };
}
