// Legend of patterns, colors and numbers, under the picture of a network.

/** @import { Layer } from "./network.js" */
/** @import { Look } from "./picture.js" */
/** @import { Scale } from "../shared/colors.js" */
import { make } from "../shared/dom.js";
import { faceOf } from "./network.js";

/** @param {Record<string, string>} text */
export function makeKey(text) {
  const [unknown, gradient, current, wild] = ["unknown", "gradient", "current", "wild"].map((name) =>
    make("span", { class: `key-sign key-${name}` }),
  );
  const item = (/** @type {HTMLElement} */ sign, /** @type {string} */ words) =>
    make("li", {}, [sign, make("span", { text: words })]);
  const moments = [item(unknown, text.key_unknown), item(gradient, text.key_gradient), item(current, text.key_current)];
  const odd = item(wild, text.key_wild);
  const counted = make("li", { text: text.key_counted });
  const element = make("ul", { class: "key", "aria-label": text.key }, [...moments, odd, counted]);
  /** @type {Scale | null} */
  let scale = null;
  return {
    element,
    /**
     * @param {Look} look
     * @param {boolean} sided true if the picture may show more than outputs
     * @param {Layer[]} layers
     */
    show(look, sided, layers) {
      const strange = layers.some((layer) => layer.state !== "none" && faceOf(layer).wild.some(Boolean));
      for (const one of moments) one.hidden = !sided;
      odd.hidden = !strange;
      if (!sided || scale === look.scales.diverging) return;
      scale = look.scales.diverging;
      gradient.style.backgroundImage = scale.gradient;
    },
  };
}
