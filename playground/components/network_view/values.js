// Values of layers: those that Python sends, and those that are copied from other layers here.

/** @import { Described, Layer } from "./network.js" */
import { KINDS } from "./kinds/index.js";
import { measure, readLayers } from "./network.js";

/**
 * Store new values: those that were sent, and those that are copied from them (ReLU, max-pooling).
 *
 * @param {Layer[]} layers
 * @param {Uint8Array} bytes float32, little-endian, the layers with `sent` one after the other; empty for no values
 */
export function takeValues(layers, bytes) {
  const sent = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let offset = 0;
  for (const layer of layers) {
    if (sent.length === 0) {
      layer.values.fill(0);
    } else if (layer.sent) {
      const size = layer.units * layer.rows * layer.columns;
      layer.values = sent.subarray(offset, offset + size);
      offset += size;
    } else {
      KINDS.get(layer.kind)?.copy?.(layer);
    }
    measure(layer);
  }
}

/**
 * Store the values of the pass after a recorded step.
 *
 * @param {Layer[]} layers
 * @param {Described[]} described the same layers
 * @param {Uint8Array} bytes as in `takeValues`; empty if there is no such pass
 */
export function takeAgain(layers, described, bytes) {
  const again = bytes.byteLength ? readLayers(described) : [];
  if (again.length) takeValues(again, bytes);
  for (const layer of layers) layer.again = again[layer.index] ?? null;
}
