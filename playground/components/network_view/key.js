// What patterns and colours mean, under the picture of a network whose values come to be known one after the other.

import { make } from "../shared/dom.js";

/** @param {Record<string, string>} text */
export function makeKey(text) {
  const [unknown, gradient, current] = ["unknown", "gradient", "current"].map((name) => make("span", { class: `key-sign key-${name}` }));
  const item = (sign, words) => make("li", {}, [sign, make("span", { text: words })]);
  const items = [item(unknown, text.key_unknown), item(gradient, text.key_gradient), item(current, text.key_current)];
  const element = make("ul", { class: "key", "aria-label": text.key, hidden: true }, items);
  let scale = null;
  return {
    element,
    /** @param {import("./picture.js").Look} look @param {boolean} sided whether there is anything to explain */
    show(look, sided) {
      if (element.hidden === sided) element.hidden = !sided;
      if (!sided || scale === look.scales.diverging) return;
      scale = look.scales.diverging;
      gradient.style.backgroundImage = scale.gradient;
    },
  };
}
