// How long playing takes from stop to stop, and which stops it passes by.

/** @typedef {{phase: string, activations: number[], gradients: number[], parameter: string | null}} Seen what a stop shows */

/** Milliseconds at normal speed, by phase. @type {Record<string, number>} */
const SPANS = { batch: 700, zero_grad: 500, forward: 400, loss: 1000, backward: 340, step: 1500, "re-evaluate": 1800 };
const GRADIENT = 280; // of a layer's weights
const LONG = 6000; // for all stops of a phase together, in a deep network

/**
 * Stops at which playing shows nothing new: nodes between two layers, and a layer's parameters but the last.
 *
 * @param {Seen[]} frames
 * @returns {boolean[]}
 */
export function passedBy(frames) {
  const layerOf = (/** @type {string} */ parameter) => parameter.slice(0, parameter.lastIndexOf("."));
  return frames.map((frame, stop) => {
    if (frame.phase !== "forward" && frame.phase !== "backward") return false;
    const { parameter } = frame;
    if (parameter) {
      const later = frames.slice(stop + 1).map((one) => one.parameter);
      return later.some((one) => one && layerOf(one) === layerOf(parameter));
    }
    const before = frames[stop - 1] ?? { activations: [], gradients: [] };
    return frame.activations.length === before.activations.length && frame.gradients.length === before.gradients.length;
  });
}

/**
 * Time that playing takes to come to each stop.
 *
 * @param {Seen[]} frames
 * @returns {number[]} milliseconds at normal speed
 */
export function spansOf(frames) {
  const passed = passedBy(frames);
  return frames.map(({ phase, parameter }) => {
    const count = frames.filter((one, stop) => one.phase === phase && !passed[stop]).length;
    const span = parameter ? GRADIENT : (SPANS[phase] ?? SPANS.forward);
    return Math.min(span, LONG / Math.max(1, count));
  });
}
