// Listing of PyTorch code with the lines marked that run now.

import { make } from "../shared/dom.js";

/** @param {Record<string, string>} text */
export function makeListing(text) {
  const list = make("ol", { class: "lines" });
  const element = make("div", { class: "listing", role: "region", tabindex: 0, "aria-label": text.listing }, [list]);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {HTMLElement[]} */
  let items = [];
  /** Top and bottom of each line, measured when the panel changes, so that moving to a stop needs no layout. */
  let tops = /** @type {number[][]} */ ([]);
  let height = 0;
  /** @type {number[]} */
  let shown = [];

  const observer = new ResizeObserver(() => {
    measure();
    reveal(true);
  });
  observer.observe(element);
  observer.observe(list);

  function measure() {
    height = element.clientHeight;
    tops = items.map((item) => [item.offsetTop, item.offsetTop + item.offsetHeight]);
  }

  /** @param {string[]} lines */
  function build(lines) {
    items = lines.map((line, index) => {
      const comment = line.indexOf("#");
      const code = comment < 0 ? line : line.slice(0, comment);
      const mark = make("span", { class: "line-mark", "aria-hidden": "true", text: "▶" });
      const parts = [
        make("span", { text: code }),
        comment >= 0 && make("span", { class: "line-comment", text: line.slice(comment) }),
      ];
      const indent = line.length - line.trimStart().length;
      return make("li", { class: "line", "data-line": index + 1 }, [
        mark,
        make("span", { class: "line-number", "aria-hidden": "true", text: index + 1 }),
        make("code", { style: `--indent:${indent}ch` }, parts),
        make("span", { class: "unseen line-runs" }),
      ]);
    });
    tops = [];
    shown = [];
    list.replaceChildren(...items);
  }

  /** @param {number[]} lines that run now */
  function show(lines) {
    for (const line of shown) mark(line, false);
    shown = lines.filter((line) => line in items);
    for (const line of shown) mark(line, true);
    reveal(false);
  }

  /** @param {number} line @param {boolean} on */
  function mark(line, on) {
    items[line].classList.toggle("is-now", on);
    const runs = items[line].lastElementChild;
    if (runs) runs.textContent = on ? text.runs : "";
  }

  /** Scroll only the panel, as far as needed to show the marked lines. @param {boolean} atOnce */
  function reveal(atOnce) {
    if (!tops.length) measure(); // new lines, perhaps in a panel of the same size
    if (!shown.length || !height) return;
    const [top, bottom] = [tops[Math.min(...shown)][0], tops[Math.max(...shown)][1]];
    const margin = Math.min(40, Math.max(0, (height - (bottom - top)) / 2));
    const now = element.scrollTop;
    if (top - margin >= now && bottom + margin <= now + height) return;
    const target = top - margin < now || bottom - top > height ? top - margin : bottom + margin - height;
    element.scrollTo({ top: target, behavior: atOnce || still.matches ? "instant" : "smooth" });
  }

  return { element, build, show, close: () => observer.disconnect() };
}
