// Slider over the checkpoints of a run.

/** @import { Palette } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
import { themeOf } from "../shared/colors.js";
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { changes, stepsOf } from "../shared/run_steps.js";
import { makeMoments } from "./moments.js";

export const skeleton = '<div class="timeline" data-testid="run-timeline"></div>';

/** Time from one checkpoint to the next while it plays. */
const PLAY_MS = 350;

/** Rest of a slider that follows the training, before Python hears of its place. */
const FOLLOW_MS = 400;

/**
 * @typedef {object} TimelineData
 * @property {string} run
 * @property {number[]} steps
 * @property {number} at
 * @property {number} per_epoch
 * @property {string | null} ticket
 * @property {number} revision
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Element, ReturnType<typeof makeTimeline>>} */
const timelines = new WeakMap();

/** @param {Component<TimelineData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".timeline"));
  const timeline = timelines.get(root) ?? makeTimeline(root, data.text);
  timelines.set(root, timeline);
  timeline.show(data, setStateValue);
  return () => {
    timeline.close();
    timelines.delete(root);
  };
}

/**
 * A checkpoint in words.
 *
 * @param {number} step
 * @param {number} perEpoch
 * @param {Words} text
 */
export function wordsOf(step, perEpoch, text) {
  if (step === 0) return text.start;
  return fill(text.moment, { step, epoch: formatNumber(step / perEpoch, 3) });
}

/** @param {HTMLElement} root @param {Words} text */
function makeTimeline(root, text) {
  /** @type {TimelineData} */
  let data;
  /** @type {Component<TimelineData>["setStateValue"]} */
  let send = () => {};
  let run = "";
  /** Those that have a checkpoint, rising. @type {number[]} */
  let steps = [];
  let index = 0;
  let revision = 0;
  let timer = 0;
  /** True while the slider is at the newest checkpoint, whichever that is. */
  let newest = true;
  let following = 0;
  /** Index that Python shows or has been asked for. */
  let told = 0;

  const lost = make("p", { class: "timeline-lost", role: "status" });
  const moments = makeMoments(
    (step) => {
      root.dataset.painted = String(step);
      write(lost, "");
    },
    () => write(lost, text.lost),
  );
  const slider = make("input", { type: "range", min: 0, step: 1, "aria-label": text.label });
  const words = make("output", { class: "timeline-words" });
  const play = make("button", { type: "button", class: "outlined timeline-play" });
  root.replaceChildren(play, slider, words, lost);

  /** @param {number} to index of a checkpoint */
  function move(to) {
    index = Math.min(Math.max(to, 0), steps.length - 1);
    slider.value = String(index);
    describe();
    if (data.ticket) {
      moments.show({ ticket: data.ticket, moment: steps[index], revision: ++revision });
    }
  }

  /** Take newer checkpoints; a slider at the last one follows the training. */
  function follow() {
    const newer = stepsOf(run);
    if ((newer.at(-1) ?? 0) > (steps.at(-1) ?? 0)) {
      index = Math.max(0, newer.indexOf(steps[index]));
      steps = newer;
      slider.max = String(steps.length - 1);
      slider.value = String(index);
    }
    if (timer || !newest || index === steps.length - 1) return;
    move(steps.length - 1);
    clearTimeout(following);
    following = window.setTimeout(rest, FOLLOW_MS);
  }

  function rest() {
    if (index === told) return;
    told = index;
    send("moment", { run, step: steps[index], newest });
  }

  function describe() {
    const said = wordsOf(steps[index], data.per_epoch, text);
    write(words, said);
    slider.setAttribute("aria-valuetext", said);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    write(play, text.play);
  }

  slider.oninput = () => {
    stop();
    move(Number(slider.value));
    newest = index === steps.length - 1;
  };
  slider.onchange = rest;
  play.onclick = () => {
    if (timer) {
      stop();
      rest();
      return;
    }
    if (index === steps.length - 1) move(0);
    newest = false;
    write(play, text.pause);
    timer = window.setInterval(() => {
      move(index + 1);
      newest = index === steps.length - 1;
      if (index < steps.length - 1) return;
      stop();
      rest();
    }, PLAY_MS);
  };
  write(play, text.play);
  changes.addEventListener("change", follow);

  return {
    /** @param {TimelineData} given @param {Component<TimelineData>["setStateValue"]} setStateValue */
    show(given, setStateValue) {
      if (data?.ticket !== given.ticket) write(lost, "");
      data = given;
      send = setStateValue;
      revision = Math.max(revision, data.revision);
      root.style.setProperty("--accent", data.palette[themeOf(root)].accent);
      const other = run !== data.run;
      // Of the same run, the slider is ahead of Python, whose answer may be about a moment before the last move.
      const step = other ? data.at : steps[index];
      run = data.run;
      steps = data.steps;
      index = Math.max(0, steps.indexOf(step));
      if (other) {
        told = index;
        newest = index === steps.length - 1;
      }
      slider.max = String(steps.length - 1);
      slider.value = String(index);
      describe();
      follow();
    },
    close() {
      clearInterval(timer);
      clearTimeout(following);
      changes.removeEventListener("change", follow);
      moments.close();
    },
  };
}
