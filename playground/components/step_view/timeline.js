// Timeline: the numbered phases, each with a tick for every stop.

import { fill, make } from "../shared/dom.js";

/**
 * @param {Record<string, string>} text
 * @param {(stop: number) => void} go called when a phase or a tick is chosen
 */
export function makeTimeline(text, go) {
  const element = make("ol", { class: "timeline", "aria-label": text.phases });
  /** @type {{phase: string, item: HTMLElement, button: HTMLElement, ticks: HTMLElement[], first: number}[]} */
  let rows = [];

  /** @param {string[]} phases @param {{phase: string}[]} frames */
  function build(phases, frames) {
    rows = phases.map((phase, index) => {
      const stops = [...frames.keys()].filter((stop) => frames[stop].phase === phase);
      const count =
        stops.length === 0
          ? text.phase_none
          : fill(stops.length === 1 ? text.phase_one : text.phase_many, { count: stops.length });
      const name = text[`phase_${phase}`];
      const button = make(
        "button",
        {
          type: "button",
          class: "phase",
          disabled: stops.length === 0,
          "aria-label": fill(text.phase_label, { number: index + 1, phase: name, count }),
        },
        [make("span", { class: "phase-number", text: index + 1 }), make("span", { class: "phase-name", text: name })],
      );
      button.onclick = () => go(stops[0]);
      const ticks = stops.map(() => make("span", { class: "tick" }));
      const strip = stops.length
        ? make("span", { class: "ticks", "aria-hidden": "true" }, ticks)
        : make("span", { class: "ticks-none", "aria-hidden": "true", text: text.phase_none });
      strip.onclick = (event) => {
        const at = ticks.findIndex((tick) => event.clientX < tick.getBoundingClientRect().right + 1);
        if (stops.length) go(stops[at < 0 ? stops.length - 1 : at]);
      };
      return { phase, item: make("li", {}, [button, strip]), button, ticks, first: stops[0] ?? -1 };
    });
    element.replaceChildren(...rows.map((row) => row.item));
  }

  /** @param {number} stop @param {string} phase of the stop */
  function show(stop, phase) {
    for (const { phase: own, item, button, ticks, first } of rows) {
      const now = own === phase;
      item.classList.toggle("is-now", now);
      item.classList.toggle("is-past", !now && first >= 0 && first < stop);
      if (now) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      ticks.forEach((tick, index) => {
        tick.className = first + index === stop ? "tick is-at" : first + index < stop ? "tick is-past" : "tick";
      });
    }
  }

  return { element, build, show };
}
