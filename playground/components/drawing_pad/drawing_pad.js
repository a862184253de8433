// Component module: creates a pad for each mounted element.

/** @import { Component } from "../shared/types.js" */
/** @import { PadData } from "./pad.js" */
import { findControls } from "./controls.js";
import { makePad } from "./pad.js";

export { skeleton } from "./skeleton.js";

/** @type {WeakMap<Node, {take: (component: Component<PadData>) => void, remove: () => void}>} */
const pads = new WeakMap();

/** @param {Component<PadData>} component with a new value */
export function render(component) {
  const { parentElement } = component;
  const pad = pads.get(parentElement) ?? open(component);
  pads.set(parentElement, pad);
  pad.take(component);
  return () => {
    pad.remove();
    pads.delete(parentElement);
  };
}

/** @param {Component<PadData>} first */
function open(first) {
  let latest = first;
  const pad = makePad(first.parentElement, () => latest);
  const stop = publishPlace(findControls(first.parentElement));
  return {
    take(/** @type {Component<PadData>} */ component) {
      latest = component;
      pad.update();
    },
    remove() {
      stop();
      pad.remove();
    },
  };
}

/**
 * Tell the page's style sheet how much is above the sheet: on a narrow page only the sheet stays in view.
 *
 * @param {import("./controls.js").Controls} controls
 * @returns {() => void} function that ends this
 */
function publishPlace({ root, sheet }) {
  const { style } = document.documentElement;
  const observer = new ResizeObserver(() => {
    const above = sheet.getBoundingClientRect().top - root.getBoundingClientRect().top;
    style.setProperty("--pad-above", `${above}px`);
  });
  for (const one of [root, sheet]) observer.observe(one);
  return () => {
    observer.disconnect();
    style.removeProperty("--pad-above");
  };
}
