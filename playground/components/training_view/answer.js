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
  /** @type {{bar: HTMLElement, other: HTMLElement, value: HTMLElement, item: HTMLElement}[]} */
  let rows = [];

  /**
   * @param {number[] | null} probabilities null if the pad is empty
   * @param {number[] | null} compared those of another run, null for none
   * @param {string} owner name of that run
   */
  function show(probabilities, compared, owner) {
    element.classList.toggle("is-empty", probabilities === null);
    if (probabilities === null) {
      write(note, text.answer_none);
      return;
    }
    if (rows.length !== probabilities.length) {
      rows = probabilities.map(() => ({
        bar: make("i"),
        other: make("b"),
        value: make("span", { class: "answer-share" }),
        item: make("li"),
      }));
      rows.forEach(({ bar, other, value, item }, digit) => {
        item.append(make("span", { text: digit }), make("span", { class: "answer-track" }, [bar, other]), value);
      });
      list.replaceChildren(...rows.map(({ item }) => item));
    }
    const first = probabilities.indexOf(Math.max(...probabilities));
    list.classList.toggle("is-compared", compared !== null);
    rows.forEach(({ bar, other, value, item }, digit) => {
      other.style.transform = `scaleX(${compared?.[digit] ?? 0})`;
      bar.style.transform = `scaleX(${probabilities[digit]})`;
      write(value, `${formatPercent(probabilities[digit])} %`);
      item.classList.toggle("is-first", digit === first);
    });
    const said = [fill(text.answer_note, { digit: first, percent: formatPercent(probabilities[first]) })];
    if (compared) {
      const theirs = compared.indexOf(Math.max(...compared));
      const percent = formatPercent(compared[theirs]);
      said.push(fill(text.answer_other, { run: owner, digit: theirs, percent }));
    }
    write(note, said.join(" "));
  }

  return { element, show };
}
