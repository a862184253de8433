// Component module: shows the frames of a recording, and moves between them without the server.

/** @import { Palette, Theme } from "../shared/colors.js" */
/** @import { Frame } from "../shared/frames.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Position as PlayerPosition } from "./player.js" */
import { themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { publishPosition } from "../shared/frames.js";
import { makeLeaving } from "../shared/leaving.js";
import { makeListing } from "./code_listing.js";
import { actionOf, leavesPicture } from "./keys.js";
import { passedBy, spansOf } from "./pace.js";
import { makePlayer } from "./player.js";
import { makeTimeline } from "./timeline.js";
import { makeTransport } from "./transport.js";

/** Phases with a panel of numbers under the network. */
const NUMBERED = ["loss", "step", "re-evaluate"];

export const skeleton = '<div class="step-view" data-testid="step-view"></div>';

/**
 * @typedef {object} StepData see `step_view` in Python
 * @property {number} revision
 * @property {number} at
 * @property {string} channel
 * @property {string | null} address name of the stop in the page's address
 * @property {string[]} phases
 * @property {string[]} names of layers
 * @property {{phase: string, name: string, title: string, detail: string, lines: number[], activations: number[], gradients: number[], current: string | null, parameter: string | null, numbers: boolean}[]} frames
 *     with layers as indices of `names`
 * @property {string[]} listing
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Node, ReturnType<typeof makeStepper>>} */
const steppers = new WeakMap();

/** @param {Component<StepData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".step-view"));
  const stepper = steppers.get(parentElement) ?? makeStepper(root, data.text);
  steppers.set(parentElement, stepper);
  stepper.take(data, setStateValue);
  return () => {
    stepper.close();
    steppers.delete(parentElement);
  };
}

/** @param {HTMLElement} root @param {Words} text */
function makeStepper(root, text) {
  /** Undefined before the first recording. @type {StepData} */
  let data;
  /** @type {Component<StepData>["setStateValue"]} */
  let send;
  let described = -1; // stop whose description is shown
  let told = -1; // last stop of this recording that was sent to Python
  let later = 0; // timer of a stop that will be sent to Python later
  /** @type {Theme | ""} */
  let theme = "";

  /** Frames as they are published. @type {Frame[]} */
  let frames = [];
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const player = makePlayer({
    shown: show,
    playing: showPlaying,
    rested: tell,
    speed: () => transport.speed(),
    still: () => still.matches,
  });
  const leaving = makeLeaving();
  const transport = makeTransport(text, { act: player.act, drag: player.drag, drop: player.drop });
  const timeline = makeTimeline(text, player.jump);
  const listing = makeListing(text);
  const [title, detail] = [make("h3", { class: "words-title" }), make("p", { class: "words-detail" })];
  const below = make("button", { type: "button", class: "below", text: text.below });
  below.onclick = () => panel()?.scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
  const words = make("div", { class: "words" }, [make("div", { role: "status" }, [title, detail]), below]);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", text.label);
  const middle = make("div", { class: "middle" }, [transport.element, words]);
  root.replaceChildren(
    make("div", { class: "parts" }, [
      timeline.element,
      middle,
      listing.element,
      make("p", { class: "keys", text: text.keys }),
    ]),
  );

  root.tabIndex = -1;
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (leavesPicture(event)) root.focus({ preventScroll: true });
    const action = actionOf(event, transport.scrubber);
    if (!action) return;
    event.preventDefault();
    player.act(action);
  };
  document.addEventListener("keydown", onKey);

  // On a narrow page the buttons stay in view, and the page's style sheet needs their position: at the upper edge what
  // is above them is hidden, at the lower edge what is under them, which begins with the phases.
  let fitted = Number.NaN;
  const observer = new ResizeObserver(() => {
    const [whole, buttons, phases] = [root, transport.buttons, timeline.element].map((one) =>
      one.getBoundingClientRect(),
    );
    const [above, docked] = [buttons.top - whole.top - 8, phases.top - whole.top - 8];
    const { style } = document.documentElement;
    style.setProperty("--player-above", `${above}px`);
    style.setProperty("--player-shown", `${whole.height - above}px`);
    style.setProperty("--player-docked", `${docked}px`);
    style.setProperty("--player-below", `${whole.height - docked}px`);
    if (docked === fitted) return;
    fitted = docked;
    window.dispatchEvent(new Event("resize")); // the network fills the height that is left
  });
  observer.observe(root);
  observer.observe(middle);

  /** @param {StepData} newData @param {Component<StepData>["setStateValue"]} setStateValue */
  function take(newData, setStateValue) {
    send = setStateValue;
    /** @type {StepData | undefined} */
    const before = data;
    data = newData;
    const newTheme = themeOf(root);
    if (newTheme !== theme) dress(newTheme);
    if (before?.revision === data.revision) return; // the same recording: the visitor stays where they are
    if (before && before.channel !== data.channel) publishPosition(before.channel, null);
    frames = readFrames(data);
    timeline.build(data.phases, data.frames);
    listing.build(data.listing);
    const stays = before && data.at === told;
    told = -1;
    player.load({ spans: spansOf(data.frames), passed: passedBy(data.frames) }, stays ? player.stop() : data.at);
    writeAddress(player.stop());
  }

  /** @param {PlayerPosition} position */
  function show({ stop, from, to, u }) {
    publishPosition(data.channel, { from: frames[from], to: frames[to], shown: frames[stop], u });
    transport.move(u < 1 ? from + u * (to - from) : stop);
    if (stop !== described || data.revision !== Number(root.dataset.seq)) describe(stop);
  }

  /** Say what happens at a stop. @param {number} stop */
  function describe(stop) {
    described = stop;
    const frame = data.frames[stop];
    transport.show(stop, data.frames.length, frame);
    timeline.show(stop, frame.phase);
    listing.show(frame.lines);
    write(title, frame.title);
    write(detail, frame.detail);
    below.hidden = !frame.numbers && !NUMBERED.includes(frame.phase);
    // Attributes that tests and other pages read, set after everything is painted.
    document.documentElement.dataset.phase = frame.phase; // shows and hides the panels of a phase
    Object.assign(root.dataset, {
      stop,
      stops: data.frames.length,
      phase: frame.phase,
      name: frame.name,
      seq: data.revision,
    });
  }

  /** Panel under the network with the numbers of the phase, if Python has already made it. */
  function panel() {
    return document.querySelector(`.st-key-panel-${root.dataset.phase}`);
  }

  /** @param {boolean} on */
  function showPlaying(on) {
    transport.showPlaying(on);
    root.toggleAttribute("data-playing", on);
  }

  /** @param {number} stop */
  function tell(stop) {
    clearTimeout(later);
    if (leaving.held()) {
      later = window.setTimeout(() => tell(player.stop()), leaving.held());
      return;
    }
    writeAddress(stop);
    if (stop === told) return;
    told = stop;
    send("at", { revision: data.revision, stop });
  }

  /** Replace the address, because a history entry for each stop would make Back useless. @param {number} stop */
  function writeAddress(stop) {
    if (!data.address) return;
    const url = new URL(location.href);
    const shown = String(stop + 1);
    if ((url.searchParams.get(data.address) ?? "1") === shown) return;
    url.searchParams.set(data.address, shown);
    history.replaceState(history.state, "", url);
  }

  /** @param {Theme} newTheme */
  function dress(newTheme) {
    theme = newTheme;
    const colors = data.palette[newTheme];
    for (const name of /** @type {const} */ (["accent", "track", "bar"]))
      root.style.setProperty(`--${name}`, colors[name]);
  }

  function close() {
    document.removeEventListener("keydown", onKey);
    observer.disconnect();
    leaving.close();
    clearTimeout(later);
    for (const name of ["above", "shown", "docked", "below"])
      document.documentElement.style.removeProperty(`--player-${name}`);
    listing.close();
    player.close();
    publishPosition(data.channel, null);
    delete document.documentElement.dataset.phase;
  }

  return { take, close };
}

/** Frames as other components follow them. @param {StepData} data @returns {Frame[]} */
function readFrames({ frames, names }) {
  const named = (/** @type {number[]} */ indices) => indices.map((index) => names[index]);
  /** @type {string[]} */
  let parameters = [];
  return frames.map(({ phase, activations, gradients, current, parameter }, number) => {
    if (parameter) parameters = [...parameters, parameter];
    return {
      ...{ number, phase, activations: named(activations), gradients: named(gradients) },
      ...{ parameters, parameter, current },
    };
  });
}
