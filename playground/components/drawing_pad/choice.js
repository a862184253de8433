// Choice among several digits that were found in one picture: a button for each.

/** @import { Base } from "./sheet.js" */
import { fill } from "../shared/dom.js";
import { inkPicture } from "./brush.js";

/**
 * @param {HTMLElement} root contains a paragraph and a group for the buttons
 * @param {(base: Base) => void} pick puts a digit on the pad
 */
export function makeChoice(root, pick) {
  const says = /** @type {HTMLElement} */ (root.querySelector("p"));
  const group = /** @type {HTMLElement} */ (root.querySelector("[role=group]"));
  /** @type {{base: Base, button: HTMLButtonElement}[]} */
  let offered = [];

  /** @param {string} ink CSS color */
  function paint(ink) {
    for (const { base, button } of offered) {
      const canvas = /** @type {HTMLCanvasElement} */ (button.firstElementChild);
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(inkPicture(base.pixels, base.side, ink), 0, 0);
    }
  }

  return {
    paint,
    /**
     * @param {Base[]} bases
     * @param {Record<string, string>} text
     * @param {string} ink CSS color
     */
    show(bases, text, ink) {
      offered = bases.map((base, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-label", fill(text.found, { number: index + 1, count: bases.length }));
        const canvas = document.createElement("canvas");
        canvas.width = base.side;
        canvas.height = base.side;
        button.append(canvas);
        button.onclick = () => {
          for (const other of offered) other.button.setAttribute("aria-pressed", String(other.button === button));
          pick(base);
        };
        return { base, button };
      });
      group.replaceChildren(...offered.map(({ button }) => button));
      says.textContent = fill(text.several, { count: bases.length });
      root.hidden = false;
      paint(ink);
    },
    hide() {
      if (root.hidden) return;
      root.hidden = true;
      says.textContent = "";
      group.replaceChildren();
      offered = [];
    },
  };
}
