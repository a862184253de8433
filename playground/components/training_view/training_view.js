// A run while it trains, and its curves afterwards.

/** @import { Palette } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Evaluation } from "./curves.js" */
/** @import { Line } from "./plot.js" */
/** @import { Standing } from "./progress.js" */
import { makeScales, themeOf } from "../shared/colors.js";
import { fill, make } from "../shared/dom.js";
import { announce } from "../shared/run_steps.js";
import { makeAnswer } from "./answer.js";
import { COLUMNS, makeCurves, runningMean } from "./curves.js";
import { makeKernels } from "./kernels.js";
import { makeLayers } from "./layers.js";
import { makeLink } from "./link.js";
import { makePlot } from "./plot.js";
import { makeProgress } from "./progress.js";

export const skeleton = '<div class="training" data-testid="training-view"></div>';

/** Share of a run's points over which the thick curve averages. */
const SMOOTH = 0.02;

/**
 * @typedef {object} TrainingData
 * @property {string} run
 * @property {boolean} live true if the server has the stream of numbers
 * @property {number} total steps of the run
 * @property {number} per_epoch steps of an epoch
 * @property {string} reason sentence about why the run has ended, "" while it hasn't
 * @property {boolean} controls true if the visitor may control the run
 * @property {import("./layers.js").Watch | null} watch view into the network of a run that doesn't train
 * @property {Record<string, any>} numbers see `stream.numbers`, but for its bytes, which are beside it
 * @property {Uint8Array} steps
 * @property {Uint8Array} loss
 * @property {Uint8Array} accuracy
 * @property {Uint8Array} lr
 * @property {Uint8Array} seconds
 * @property {string} other name of the run to compare with, "" for none
 * @property {Record<string, any>} other_numbers of that run, and its bytes:
 * @property {number[] | null} other_answer that run's probabilities for the visitor's digit
 * @property {Uint8Array} other_steps
 * @property {Uint8Array} other_loss
 * @property {Uint8Array} other_accuracy
 * @property {Uint8Array} other_lr
 * @property {Uint8Array} other_seconds
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Element, ReturnType<typeof makeView>>} */
const views = new WeakMap();

/** @param {Component<TrainingData>} component with a new value */
export function render({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".training"));
  const view = views.get(root) ?? makeView(root, data.text);
  views.set(root, view);
  view.show(data, setStateValue, setTriggerValue);
  return () => {
    view.close();
    views.delete(root);
  };
}

/**
 * Numbers of an answer as typed arrays.
 *
 * @param {Record<string, any>} answer
 */
export function columnsOf(answer) {
  const steps = new Int32Array(answer.steps.buffer, answer.steps.byteOffset, answer.steps.byteLength / 4);
  /** @type {Record<string, Float32Array>} */
  const found = {};
  for (const name of COLUMNS) {
    const bytes = answer[name];
    found[name] = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }
  return { steps, ...found };
}

/**
 * Value that changes when other parts of the page have to change with the run.
 *
 * @param {Record<string, any>} numbers
 */
function markOf(numbers) {
  return `${numbers.state} ${numbers.checkpoints.length > 0}`;
}

/** @param {HTMLElement} root @param {Words} text */
function makeView(root, text) {
  /** @type {TrainingData} */
  let data;
  /** @type {Component<TrainingData>["setStateValue"]} */
  let send = () => {};
  /** @type {Component<TrainingData>["setTriggerValue"]} */
  let trigger = () => {};
  let run = "";
  let curves = makeCurves();
  let other = makeCurves();
  /** @type {ReturnType<typeof makeLink> | null} */
  let link = null;
  /** Last answer without its curves. @type {Record<string, any>} */
  let latest = {};
  let told = "";
  let waiting = 0;
  let frames = 0;

  const progress = makeProgress(text, (command) => trigger("command", command));
  const loss = makePlot(text.loss_plot);
  const accuracy = makePlot(text.accuracy_plot);
  const kernels = makeKernels(text);
  const answer = makeAnswer(text);
  const layers = makeLayers(text);
  const log = make("input", { type: "checkbox" });
  const time = make("input", { type: "checkbox" });
  const legend = make("ul", { class: "legend" });
  log.onchange = time.onchange = () => paint();
  root.replaceChildren(
    progress.element,
    make("div", { class: "plots" }, [
      make("figure", {}, [make("figcaption", { text: text.loss_plot }), loss.element]),
      make("figure", {}, [make("figcaption", { text: text.accuracy_plot }), accuracy.element]),
    ]),
    make("div", { class: "plot-choices" }, [
      legend,
      make("label", {}, [log, make("span", { text: text.log })]),
      make("label", {}, [time, make("span", { text: text.by_seconds })]),
    ]),
    make("div", { class: "panels" }, [kernels.element, answer.element, layers.element]),
  );

  /** @param {Record<string, any>} numbers */
  function take(numbers) {
    if (numbers.run !== run) return;
    const { steps, loss, accuracy, lr, seconds, evaluations, ...rest } = numbers;
    curves.add(numbers.after, columnsOf({ steps, loss, accuracy, lr, seconds }), numbers.seen, evaluations);
    latest = rest;
    if (!waiting) waiting = requestAnimationFrame(paintAndAsk);
  }

  function paintAndAsk() {
    waiting = 0;
    paint();
    root.dataset.frames = String(++frames);
    link?.ask();
    announce(run, latest.checkpoints);
    if (markOf(latest) !== told) {
      told = markOf(latest);
      send("state", { run, state: latest.state, kept: latest.checkpoints.length > 0 });
    }
  }

  function paint() {
    const colors = data.palette[themeOf(root)];
    for (const name of /** @type {const} */ (["accent", "track", "bar"])) {
      root.style.setProperty(`--${name}`, colors[name]);
    }
    root.style.setProperty("--compared", colors.series[2]);
    const { columns, evaluations } = curves;
    const last = evaluations.at(-1);
    /** @type {Standing} */
    const standing = {
      state: latest.state,
      message: data.reason,
      place: latest.place,
      done: latest.done,
      steps: data.total,
      perEpoch: data.per_epoch,
      seconds: columns.seconds.at(-1) ?? 0,
      accuracy: last ? Number(last.accuracy) : null,
      resumable: latest.resumable,
    };
    progress.show(standing, data.controls);
    root.dataset.state = latest.state;
    root.dataset.step = String(latest.done);
    const lines = /** @type {const} */ (["loss", "accuracy"]).map((name) => [
      ...linesOf(name, curves, colors.series, text, ""),
      ...(data.other ? linesOf(name, other, colors.series.slice(2), text, data.other) : []),
    ]);
    const across = time.checked ? text.axis_seconds : text.axis_steps;
    const options = {
      log: log.checked,
      share: false,
      across,
      until: time.checked ? 1 : data.total,
      whole: !time.checked,
    };
    loss.show(lines[0], options);
    accuracy.show(lines[1], { ...options, log: false, share: true });
    showLegend(lines[0]);
    const watch = data.watch ?? latest.watch;
    root.classList.toggle("is-unwatched", !watch);
    if (!watch) return;
    if (watch.kernels) kernels.show(watch.kernels, makeScalesOnce(colors).diverging);
    kernels.element.hidden = !watch.kernels;
    answer.show(watch.probabilities ?? null, data.other_answer, data.other);
    layers.show(watch.layers, watch.digits);
  }

  /**
   * @param {"loss" | "accuracy"} name
   * @param {ReturnType<typeof makeCurves>} of
   * @param {string[]} colors
   * @param {Words} words
   * @param {string} owner name of the run, "" for the one on show
   * @returns {Line[]}
   */
  function linesOf(name, { columns, evaluations }, colors, words, owner) {
    const width = Math.max(1, Math.round(columns.steps.length * SMOOTH));
    const x = time.checked ? columns.seconds : columns.steps;
    const titled = (/** @type {string} */ title) => (owner ? fill(words.of_run, { title, run: owner }) : title);
    const thick = owner ? "dashed" : "thick";
    const at = (/** @type {Evaluation} */ one) => (time.checked ? one.seconds : one.step);
    /** @type {Line[]} */
    const found = [
      { name: titled(words.train_mean), x, y: runningMean(columns[name], width), color: colors[0], style: thick },
    ];
    if (!owner && width > 1) {
      found.unshift({ name: words.train, x, y: columns[name], color: colors[0], style: "thin" });
    }
    if (evaluations.length > 0) {
      const y = evaluations.map((one) => Number(one[name]));
      found.push({
        name: titled(words.held_out),
        x: evaluations.map(at),
        y,
        color: colors[1],
        style: owner ? "dashed" : "dots",
      });
    }
    return found;
  }

  /** @param {Line[]} lines */
  function showLegend(lines) {
    const signature = JSON.stringify(lines.map(({ name, color }) => [name, color]));
    if (legend.dataset.signature === signature) return;
    legend.dataset.signature = signature;
    legend.replaceChildren(
      ...lines.map(({ name, color, style }) => {
        const swatch = make("i", { class: `swatch is-${style}` });
        swatch.style.color = color;
        return make("li", {}, [swatch, make("span", { text: name })]);
      }),
    );
  }

  return {
    /**
     * @param {TrainingData} given
     * @param {Component<TrainingData>["setStateValue"]} setStateValue
     * @param {Component<TrainingData>["setTriggerValue"]} setTriggerValue
     */
    show(given, setStateValue, setTriggerValue) {
      data = given;
      send = setStateValue;
      trigger = setTriggerValue;
      if (run !== data.run) {
        run = data.run;
        curves = makeCurves();
        link?.close();
        link = null;
        told = markOf(data.numbers);
      }
      other = makeCurves();
      if (data.other) {
        const { other_steps, other_loss, other_accuracy, other_lr, other_seconds } = data;
        const columns = { steps: other_steps, loss: other_loss, accuracy: other_accuracy };
        const more = columnsOf({ ...columns, lr: other_lr, seconds: other_seconds });
        other.add(0, more, 0, data.other_numbers.evaluations);
      }
      // Later the stream is ahead of Python's numbers, also where a run goes on from an earlier step.
      if (!link) {
        const { steps, loss, accuracy, lr, seconds } = data;
        take({ ...data.numbers, steps, loss, accuracy, lr, seconds });
      }
      if (data.live && !link) {
        link = makeLink(
          () => ({ run, after: curves.last(), seen: curves.evaluations.length }),
          (numbers) => (numbers.run === null ? undefined : take(numbers)),
          (open) => {
            root.dataset.connected = String(open);
          },
        );
      }
      paint();
    },
    close() {
      link?.close();
      cancelAnimationFrame(waiting);
    },
  };
}

/** @type {WeakMap<object, ReturnType<typeof makeScales>>} */
const scales = new WeakMap();

/** @param {import("../shared/colors.js").Colors} colors */
function makeScalesOnce(colors) {
  const known = scales.get(colors) ?? makeScales(colors);
  scales.set(colors, known);
  return known;
}
