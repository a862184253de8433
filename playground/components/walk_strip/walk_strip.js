/** @import { Palette } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
import { themeOf } from "../shared/colors.js";
import { make } from "../shared/dom.js";

export const skeleton = '<div class="walk-strip" data-testid="walk-strip"></div>';

/**
 * @typedef {object} StripData
 * @property {{code: string, label: string, note: string, ahead: boolean}[]} steps
 * @property {number} at
 * @property {number} taken revision of the last pick that Python has handled
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Element, {send: Component<StripData>["setStateValue"], picked: number, signature: string}>} */
const strips = new WeakMap();

/** @param {Component<StripData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".walk-strip"));
  const strip = strips.get(root) ?? { send: setStateValue, picked: data.taken, signature: "" };
  strips.set(root, strip);
  strip.send = setStateValue;
  strip.picked = Math.max(strip.picked, data.taken);
  root.style.setProperty("--accent", data.palette[themeOf(root)].accent);
  const signature = JSON.stringify([data.steps, data.at]);
  if (signature === strip.signature) return;
  strip.signature = signature;
  const focused = root.contains(/** @type {ShadowRoot} */ (root.getRootNode()).activeElement);
  const buttons = data.steps.map((step, index) => {
    const here = index === data.at;
    const button = make(
      "button",
      {
        type: "button",
        class: `step${step.ahead ? " is-ahead" : ""}`,
        tabindex: here ? 0 : -1,
        "aria-current": here ? "step" : false,
      },
      [
        make("code", { text: step.code }),
        make("span", { class: "step-label", text: step.label }),
        make("span", { class: "step-note", text: step.note || "\u00a0" }),
      ],
    );
    button.onclick = () => strip.send("picked", { step: index, revision: ++strip.picked });
    return button;
  });
  const list = make(
    "ol",
    { class: "steps", "aria-label": data.text.label },
    buttons.map((button) => make("li", {}, [button])),
  );
  list.onkeydown = (event) => {
    const from = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  };
  root.replaceChildren(list);
  const here = buttons[data.at];
  if (!here) return;
  list.scrollLeft = here.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
  if (focused) here.focus({ preventScroll: true });
}
