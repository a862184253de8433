// The component: one pad a place on the page.

/** @import { Component } from "../shared/types.js" */
/** @import { PadData } from "./pad.js" */
import { makePad } from "./pad.js";

export { skeleton } from "./skeleton.js";

/** @typedef {{latest: Component<PadData>, pad: ReturnType<typeof makePad>}} Entry */

/** @type {WeakMap<Node, Entry>} */
const pads = new WeakMap();

/** @param {Component<PadData>} component with a new value */
export function render(component) {
  const { parentElement } = component;
  const entry = pads.get(parentElement) ?? enter(component);
  entry.latest = component;
  entry.pad.update();
  return () => {
    entry.pad.remove();
    pads.delete(parentElement);
  };
}

/** @param {Component<PadData>} first @returns {Entry} */
function enter(first) {
  /** @type {Entry} */
  const entry = { latest: first, pad: makePad(first.parentElement, () => entry.latest) };
  pads.set(first.parentElement, entry);
  return entry;
}
