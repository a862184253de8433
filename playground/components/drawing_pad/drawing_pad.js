import { createPad } from "./pad.js";

export { skeleton } from "./skeleton.js";

/** @type {WeakMap<ParentNode, {component: any, pad: ReturnType<typeof createPad>}>} */
const pads = new WeakMap();

/** Runs at the first mount and again with each new value; the state lives in `pads`. @param {any} component */
export function render(component) {
  const { parentElement } = component;
  let entry = pads.get(parentElement);
  if (entry) {
    entry.component = component;
  } else {
    const made = { component, pad: /** @type {any} */ (null) };
    made.pad = createPad(parentElement, () => made.component);
    pads.set(parentElement, made);
    entry = made;
  }
  entry.pad.update();
  return () => {
    pads.get(parentElement)?.pad.remove();
    pads.delete(parentElement);
  };
}
