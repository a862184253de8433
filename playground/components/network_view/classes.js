// Which units are classes.

/** @import { Layer } from "./network.js" */

/** True if a layer's units are classes, few enough to be labelled one by one. @param {Layer} layer @param {Layer[]} layers */
export function namesClasses(layer, layers) {
  const last = layers[layers.length - 1];
  return last.bars && layer.vector && (layer === last || last.from.includes(layer));
}
