// Progress of a run in words and as a bar, with the buttons that control it.

import { fill, make, write } from "../shared/dom.js";
import { formatPercent } from "../shared/numbers.js";

/**
 * @typedef {object} Standing of a run
 * @property {string} state one of playground/runs/runs.py
 * @property {string} message why it ended, in words; "" for none
 * @property {number} place in the queue, from 1
 * @property {number} done steps
 * @property {number} steps in all
 * @property {number} perEpoch steps of an epoch
 * @property {number} seconds of training so far
 * @property {number | null} accuracy on held-out digits, 0..1; null before the first evaluation
 * @property {boolean} resumable true if a run that has stopped or failed can go on
 */

/** Buttons that each stage has. @type {Record<string, string[]>} */
const COMMANDS = {
  queued: ["stop"],
  starting: ["stop"],
  running: ["pause", "stop"],
  paused: ["go_on", "stop"],
  stopping: [],
};

/**
 * Commands that a run obeys now.
 *
 * @param {Pick<Standing, "state" | "resumable">} standing
 * @returns {string[]}
 */
export function commandsOf({ state, resumable }) {
  return COMMANDS[state] ?? (resumable ? ["go_on"] : []);
}

/**
 * Time left, from the pace so far.
 *
 * @param {Pick<Standing, "done" | "steps" | "seconds">} standing
 * @returns {number | null} seconds; null before the first step
 */
export function secondsLeft({ done, steps, seconds }) {
  return done > 0 && seconds > 0 ? ((steps - done) * seconds) / done : null;
}

/**
 * @param {number} seconds
 * @param {Record<string, string>} text
 * @returns {string} such as "9 s", "3 min 20 s", "1 h 5 min"
 */
export function duration(seconds, text) {
  const whole = Math.round(seconds);
  if (seconds < 10) return fill(text.seconds, { seconds: seconds.toFixed(1) });
  if (whole < 60) return fill(text.seconds, { seconds: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return fill(text.minutes, { minutes, seconds: whole % 60 });
  return fill(text.hours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/**
 * @param {Record<string, string>} text
 * @param {(command: string) => void} onCommand
 */
export function makeProgress(text, onCommand) {
  const state = make("strong", { class: "progress-state" });
  const words = make("span", { class: "progress-words" });
  const bar = make("i");
  const track = make("div", { class: "progress-track", role: "progressbar", "aria-label": text.progress }, [bar]);
  const message = make("p", { class: "progress-message", role: "status" });
  const buttons = new Map(
    ["pause", "go_on", "stop"].map((command) => {
      const button = make("button", { type: "button", class: "outlined", text: text[command] });
      button.onclick = () => {
        button.disabled = true; // until the next answer
        onCommand(command);
      };
      return [command, button];
    }),
  );
  const element = make("div", { class: "progress" }, [
    make("div", { class: "progress-line" }, [
      state,
      words,
      make("span", { class: "progress-buttons" }, [...buttons.values()]),
    ]),
    track,
    message,
  ]);

  /** @param {Standing} standing @param {boolean} controls true to show the buttons */
  function show(standing, controls) {
    const { done, steps, perEpoch, seconds, accuracy } = standing;
    write(state, text[`state_${standing.state}`] ?? standing.state);
    const parts = [];
    if (standing.place > 0) parts.push(fill(text.place, { place: standing.place }));
    parts.push(fill(text.step, { step: done, steps }));
    const epochs = Math.ceil(steps / perEpoch);
    parts.push(fill(text.epoch, { epoch: Math.min(epochs, Math.floor(done / perEpoch) + 1), epochs }));
    if (done > 0) parts.push(duration(seconds, text));
    const left = secondsLeft(standing);
    if (standing.state === "running" && left !== null) parts.push(fill(text.left, { time: duration(left, text) }));
    if (accuracy !== null) parts.push(fill(text.held_out_now, { percent: formatPercent(accuracy) }));
    write(words, parts.join(" · "));
    bar.style.transform = `scaleX(${steps > 0 ? done / steps : 0})`;
    track.setAttribute("aria-valuenow", String(Math.round((100 * done) / Math.max(1, steps))));
    write(message, standing.message);
    element.dataset.state = standing.state;
    const shown = controls ? commandsOf(standing) : [];
    for (const [command, button] of buttons) {
      button.hidden = !shown.includes(command);
      button.disabled = false;
    }
  }

  return { element, show };
}
