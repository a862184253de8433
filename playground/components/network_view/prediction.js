// Prediction at the top of the component, always in view: the digit, its probability, the runner-up, and bars for all classes.

/** @import { Layer } from "./network.js" */
import { fill, make, write } from "../shared/dom.js";
import { formatPercent } from "../shared/numbers.js";

const QUIET = 1200; // milliseconds between two sentences for a screen reader

/**
 * Classes with the largest probability. If several share it, the network has no single answer.
 *
 * @param {Float32Array} probabilities
 * @returns {number[]} empty if any probability is NaN
 */
export function leadersOf(probabilities) {
  if (!probabilities.every(Number.isFinite)) return [];
  const most = probabilities.reduce((largest, share) => Math.max(largest, share), 0);
  return Array.from(probabilities.keys()).filter((index) => probabilities[index] === most);
}

/**
 * @param {Record<string, string>} text
 * @param {Pick<Layer, "units" | "numbers" | "labels">} last the layer of the probabilities
 */
export function makePrediction(text, last) {
  const classes = last.units;
  const numberOf = (/** @type {number} */ unit) => String(last.numbers?.[unit] ?? unit);
  const nameOf = (/** @type {number} */ unit) => [numberOf(unit), last.labels?.[unit]].filter(Boolean).join(" ");
  const digit = make("span", { class: "prediction-digit" });
  const share = make("span", { class: "prediction-share" });
  const runner = make("span", { class: "prediction-runner" });
  const status = make("p", { class: "unseen", role: "status" });
  const bars = Array.from({ length: classes }, (_, index) => {
    const bar = make("span", { class: "class-bar" });
    const value = make("span", { class: "class-share" });
    const item = make("li", {}, [
      make("span", { class: "class-track" }, [bar]),
      make("span", { class: "class-digit", text: numberOf(index) }),
      value,
    ]);
    return { item, bar, value };
  });
  const list = make(
    "ol",
    { class: "classes", "aria-label": text.probabilities },
    bars.map(({ item }) => item),
  );
  const answer = make("div", { class: "prediction-answer" }, [
    digit,
    make("div", { class: "prediction-words" }, [share, runner]),
  ]);
  const element = make("div", { class: "prediction" }, [answer, list, status]);
  const say = makeSpeaker(status);
  /** Heights that were last written into the bars' styles. */
  const heights = bars.map(() => -1);

  /**
   * @param {Float32Array} probabilities empty if there is nothing to show
   * @param {string} none text that explains why there is nothing
   */
  function show(probabilities, none) {
    const finite = probabilities.every(Number.isFinite);
    const order = finite ? Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a]) : [];
    const empty = order.length === 0;
    const leaders = leadersOf(probabilities);
    const percent = empty ? "" : formatPercent(probabilities[order[0]]);
    const tied = fill(leaders.length === classes ? text.tie_all : text.tie, {
      digits: leaders.map(nameOf).join(", "),
      percent,
    });
    const nothing = leaders.length > 1 ? tied : finite ? none : text.overflow;
    const answered = leaders.length === 1;
    element.classList.toggle("is-empty", !answered);
    write(digit, answered ? numberOf(order[0]) : "");
    const label = answered ? last.labels?.[order[0]] : "";
    write(share, answered ? [fill(text.percent, { percent }), label].filter(Boolean).join(" ") : nothing);
    write(
      runner,
      !answered ? "" : fill(text.runner, { digit: nameOf(order[1]), percent: formatPercent(probabilities[order[1]]) }),
    );
    bars.forEach(({ item, bar, value }, index) => {
      const height = empty ? 0 : Math.round(1000 * probabilities[index]) / 1000; // finer than a pixel
      if (heights[index] !== height) {
        heights[index] = height;
        bar.style.transform = `scaleY(${height})`;
      }
      write(value, empty ? "" : formatPercent(probabilities[index]));
      item.classList.toggle("is-first", answered && index === order[0]);
    });
    say(answered ? fill(text.status, { digit: nameOf(order[0]), percent }) : nothing);
  }

  return { element, show };
}

/**
 * Writer for a live region: shows the first sentence at once and later ones at a pace that a screen reader can follow,
 * skipping some, but never the last.
 *
 * @param {HTMLElement} element
 */
function makeSpeaker(element) {
  let latest = "";
  let timer = 0;
  let spoken = -QUIET;
  const speak = () => {
    timer = 0;
    spoken = performance.now();
    write(element, latest);
  };
  return (/** @type {string} */ sentence) => {
    latest = sentence;
    if (timer) return;
    const wait = spoken + QUIET - performance.now();
    if (wait <= 0) speak();
    else timer = window.setTimeout(speak, wait);
  };
}
