// Transport controls of the player: buttons, speed and scrubber.

import { fill, make, write } from "../shared/dom.js";
import { ICONS, makeIcon } from "../shared/player_icons.js";

/** @import { Action } from "./keys.js" */

const SPEEDS = [0.5, 1, 2];

/**
 * @param {Record<string, string>} text
 * @param {{act: (action: Action) => void, drag: (position: number) => void, drop: () => void}} on
 */
export function makeTransport(text, on) {
  let speed = 1;
  const buttons = {
    first: makeButton("first"),
    back: makeButton("back"),
    play: makeButton("play"),
    next: makeButton("next"),
    last: makeButton("last"),
  };
  const scrubber = make("input", {
    type: "range",
    class: "scrubber",
    min: 0,
    step: "any",
    "aria-label": text.scrubber,
  });
  scrubber.oninput = () => on.drag(Number(scrubber.value));
  scrubber.onchange = () => on.drop();
  const counter = make("span", { class: "counter" });
  const speeds = SPEEDS.map((value) => {
    const input = make("input", { type: "radio", name: "speed", value, checked: value === speed });
    input.onchange = () => {
      speed = value;
    };
    return make("label", {}, [input, make("span", { text: fill(text.speed_of, { speed: value }) })]);
  });
  const row = make(
    "div",
    { class: "buttons" },
    Object.values(buttons).map(({ button }) => button),
  );
  const element = make("div", { class: "transport", role: "group", "aria-label": text.transport }, [
    row,
    make("fieldset", { class: "segments speeds" }, [make("legend", { class: "unseen", text: text.speed }), ...speeds]),
    make("div", { class: "track" }, [scrubber, counter]),
  ]);

  /** @param {Action} name */
  function makeButton(name) {
    const { icon, path } = makeIcon(name);
    const button = make("button", {
      type: "button",
      class: `move move-${name}`,
      "aria-label": text[name],
      title: text[`${name}_keys`],
    });
    button.append(icon);
    button.onclick = () => on.act(name);
    return { button, path };
  }

  return {
    element,
    buttons: row,
    scrubber,
    /** @returns {number} factor of the normal speed */
    speed: () => speed,
    /** Move the handle. @param {number} position of a stop, or between two */
    move(position) {
      const most = Number(scrubber.max);
      scrubber.value = String(position);
      scrubber.style.setProperty("--done", `${most > 0 ? (100 * position) / most : 0}%`);
    },
    /** @param {boolean} playing */
    showPlaying(playing) {
      const { button, path } = buttons.play;
      const name = playing ? "pause" : "play";
      path.setAttribute("d", ICONS[name]);
      button.setAttribute("aria-label", text[name]);
      button.title = text[`${name}_keys`];
    },
    /** @param {number} stop @param {number} count @param {{phase: string, title: string}} frame */
    show(stop, count, frame) {
      const words = { number: stop + 1, count, phase: text[`phase_${frame.phase}`], title: frame.title };
      scrubber.max = String(count - 1);
      this.move(stop);
      scrubber.setAttribute("aria-valuetext", fill(text.scrubber_value, words));
      write(counter, fill(text.counter, words));
      // aria-disabled, not disabled: a button that is disabled while in use loses the focus.
      const { first, back, next, last } = buttons;
      for (const { button } of [first, back]) button.setAttribute("aria-disabled", String(stop === 0));
      for (const { button } of [next, last]) button.setAttribute("aria-disabled", String(stop === count - 1));
    },
  };
}
