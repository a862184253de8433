// Flights: copies of maps that move between their places in the picture and those in the panel of an open unit.

/** @import { Rect } from "./layout.js" */
import { make } from "../shared/dom.js";

export const OPENING = { duration: 360, easing: "cubic-bezier(.2, 0, 0, 1)" };
export const CLOSING = { duration: 240, easing: "cubic-bezier(.2, 0, 0, 1)" };
const MOST = 160; // number of maps that fly; further ones just appear

/**
 * @typedef {object} Flight
 * @property {HTMLCanvasElement} canvas to copy
 * @property {Rect} [part] of the canvas, in its pixels
 * @property {Rect} from in the window
 * @property {Rect} to
 */

/** Copy of what a flight shows, which stays when the canvas is gone. @param {Pick<Flight, "canvas" | "part">} flight */
export function copyOf({ canvas, part = { x: 0, y: 0, width: canvas.width, height: canvas.height } }) {
  const copy = make("canvas", { class: "flight" });
  copy.width = Math.max(1, Math.round(part.width));
  copy.height = Math.max(1, Math.round(part.height));
  if (part.width >= 1 && part.height >= 1)
    copy.getContext("2d")?.drawImage(canvas, part.x, part.y, part.width, part.height, 0, 0, copy.width, copy.height);
  return copy;
}

/** Layer in which the copies move; it covers the box. */
export function makeFlights() {
  const element = make("div", { class: "flights", "aria-hidden": "true" });
  return {
    element,
    /**
     * Let maps fly; those that still do are gone.
     *
     * @param {Flight[]} flights
     * @param {typeof OPENING} timing
     */
    start(flights, timing) {
      const origin = element.getBoundingClientRect();
      const copies = flights.slice(0, MOST).map(({ from, to, ...shown }) => {
        const copy = copyOf(shown);
        const [left, top] = [to.x - origin.x, to.y - origin.y];
        copy.setAttribute("style", `left:${left}px;top:${top}px;width:${to.width}px;height:${to.height}px`);
        return { copy, from, to };
      });
      element.replaceChildren(...copies.map(({ copy }) => copy));
      for (const { copy, from, to } of copies) {
        const move = `translate(${from.x - to.x}px, ${from.y - to.y}px)`;
        const start = `${move} scale(${from.width / (to.width || 1)}, ${from.height / (to.height || 1)})`;
        copy.animate([{ transform: start }, { transform: "none" }], timing).onfinish = () => copy.remove();
      }
    },
    stop() {
      element.replaceChildren();
    },
  };
}
