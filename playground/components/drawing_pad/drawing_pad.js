// Component module: creates a pad for each mounted element.

/** @import { Component } from "../shared/types.js" */
/** @import { PadData } from "./pad.js" */
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
  return {
    take(/** @type {Component<PadData>} */ component) {
      latest = component;
      pad.update();
    },
    remove: pad.remove,
  };
}
