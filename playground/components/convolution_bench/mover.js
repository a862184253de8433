// Buttons and scrubber that move the window, and the button that pins its cell.

/** @import { Words } from "../shared/types.js" */
import { clamp } from "../shared/cell_keys.js";
import { fill, make, write } from "../shared/dom.js";
import { ICONS, makeIcon } from "../shared/player_icons.js";

const WHOLE_MS = 14_000; // from the first cell to the last
const LONGEST_MS = 450; // at one cell

/**
 * @param {Words} text
 * @param {{move: (index: number) => void, pin: () => void, playing: () => void}} on
 */
export function makeMover(text, on) {
  let [index, count, timer] = [0, 1, 0];
  const back = makeButton("back", () => step(-1));
  const play = makeButton("play", () => (timer ? stop() : start()));
  const next = makeButton("next", () => step(1));
  const scrubber = make("input", { type: "range", min: 0, step: 1, class: "scrubber", "aria-label": text.scrubber });
  scrubber.oninput = () => {
    stop();
    on.move(Number(scrubber.value));
  };
  const counter = make("span", { class: "counter" });
  const pin = make("button", { type: "button", class: "outlined pin", "aria-pressed": "false" });
  pin.onclick = on.pin;
  const element = make("div", { class: "mover", role: "group", "aria-label": text.mover }, [
    make("div", { class: "moves" }, [back.button, play.button, next.button]),
    scrubber,
    counter,
    pin,
  ]);

  /** @param {"back" | "play" | "next"} name @param {() => void} act */
  function makeButton(name, act) {
    const { icon, path } = makeIcon(name);
    const button = make("button", { type: "button", class: "outlined move", "aria-label": text[name] });
    button.append(icon);
    button.onclick = act;
    return { button, path };
  }

  /** @param {number} by */
  function step(by) {
    stop();
    on.move(clamp(index + by, count));
  }

  function start() {
    const each = Math.min(LONGEST_MS, WHOLE_MS / count);
    const begun = performance.now();
    const first = index === count - 1 ? 0 : index;
    on.move(first);
    const tick = (/** @type {number} */ now) => {
      const at = Math.min(count - 1, first + Math.max(0, Math.floor((now - begun) / each)));
      if (at !== index) on.move(at);
      if (index >= count - 1) stop();
      else timer = requestAnimationFrame(tick);
    };
    timer = requestAnimationFrame(tick);
    showPlaying();
  }

  function stop() {
    if (!timer) return;
    cancelAnimationFrame(timer);
    timer = 0;
    showPlaying();
  }

  function showPlaying() {
    const name = timer ? "pause" : "play";
    play.path.setAttribute("d", ICONS[name]);
    play.button.setAttribute("aria-label", text[name]);
    on.playing();
  }

  return {
    element,
    stop,
    playing: () => timer !== 0,
    /** @param {{row: number, column: number}} cell @param {number} rows @param {number} columns @param {boolean} pinned */
    show({ row, column }, rows, columns, pinned) {
      [index, count] = [row * columns + column, rows * columns];
      scrubber.max = String(count - 1);
      scrubber.value = String(index);
      const words = fill(text.cell, { row, column });
      scrubber.setAttribute("aria-valuetext", words);
      write(counter, words);
      write(pin, pinned ? text.unpin : text.pin);
      pin.setAttribute("aria-pressed", String(pinned));
      back.button.setAttribute("aria-disabled", String(index === 0));
      next.button.setAttribute("aria-disabled", String(index === count - 1));
    },
  };
}
