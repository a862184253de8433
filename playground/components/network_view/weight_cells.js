// Weights of a recorded step, and where a picture shows them: each unit's own in the unit's place.

/** @import { Frame } from "../shared/frames.js" */
/** @import { Rect } from "./layout.js" */

const GAP = 2; // between two kernels
const BIAS = 4; // width of a bias
const LEVELS = 127; // of a cell, for the largest magnitude

/**
 * @typedef {object} DescribedWeights weights of a layer as Python sends them, see `weight_pictures.py`
 * @property {string} layer
 * @property {string[]} names of its weight and its bias
 * @property {number[]} kernels number, height and width of a unit's kernels
 * @property {boolean} biased
 * @property {number} units
 * @property {boolean} moved true if there are the weights after the step
 * @property {boolean} graded true if there is a gradient
 *
 * @typedef {object} Weights cells of each unit, one after the other, with its bias last
 * @property {string} layer
 * @property {string[]} names
 * @property {number} units
 * @property {number} count number of a unit's kernels
 * @property {number} height of a kernel, in cells
 * @property {number} width
 * @property {boolean} biased
 * @property {Int8Array} before
 * @property {Int8Array | null} after with the change magnified, null if there was no step
 * @property {Int8Array | null} gradient null if there is none
 *
 * @typedef {object} Overlay weights that a stop shows
 * @property {"change" | "gradient"} kind
 * @property {Weights} weights
 * @property {boolean} weighted true if the weights are shown
 * @property {boolean} biased true if the bias is shown
 */

/** @param {DescribedWeights[]} described @param {Uint8Array} bytes @returns {Weights[]} */
export function readWeights(described, bytes) {
  const cells = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  return described.map(({ layer, names, kernels: [count, height, width], biased, units, moved, graded }) => {
    const size = units * (count * height * width + Number(biased));
    const next = () => {
      start += size;
      return cells.subarray(start - size, start);
    };
    return {
      ...{ layer, names, units, count, height, width, biased, before: next() },
      ...{ after: moved ? next() : null, gradient: graded ? next() : null },
    };
  });
}

/**
 * Weights that are shown at a stop: all of them where the step changes them, one layer's gradient where it is complete.
 *
 * @param {Weights[]} all
 * @param {Frame} frame
 * @returns {Overlay[]}
 */
export function overlaysAt(all, frame) {
  if (frame.phase === "step")
    return all
      .filter(({ after }) => after)
      .map((weights) => ({ kind: "change", weights, weighted: true, biased: weights.biased }));
  const { parameter } = frame;
  return all
    .filter(({ gradient, names }) => gradient && parameter && names.includes(parameter))
    .map((weights) => {
      const [weighted, biased] = weights.names.map((name) => frame.parameters.includes(name));
      return { kind: "gradient", weights, weighted, biased: Boolean(biased) };
    });
}

/** @param {number} level @param {number} entries of a color table with zero in the middle @returns {number} entry */
export function entryOfLevel(level, entries) {
  const zero = (entries - 1) / 2;
  return Math.round(zero + (level / LEVELS) * zero);
}

/**
 * Arrangement of a unit's kernels in a rectangle, as large as fits. A vector's weights are one kernel, whose cells need
 * not be square.
 *
 * @param {Rect} rect of the unit
 * @param {{count: number, height: number, width: number, biased: boolean}} weights
 * @returns {{kernels: Rect[], bias: Rect | null, across: number}} of each kernel; for a vector, with `across` cells in a
 *     row
 */
export function arrangeKernels(rect, { count, height, width, biased }) {
  const side = biased ? Math.min(BIAS, rect.width / 4) : 0;
  const gap = biased ? Math.min(GAP, rect.width / 8) : 0;
  const room = { ...rect, width: rect.width - side - gap };
  const bias = biased ? { ...rect, x: rect.x + room.width + gap, width: side } : null;
  if (height * width === 1) {
    const across = largest(count, (columns) =>
      Math.min(room.width / columns, room.height / Math.ceil(count / columns)),
    );
    return { kernels: [room], bias, across };
  }
  const sizeOf = (/** @type {number} */ columns) => {
    const down = Math.ceil(count / columns);
    const cell = Math.min(
      (room.width - (columns - 1) * GAP) / (columns * width),
      (room.height - (down - 1) * GAP) / (down * height),
    );
    return cell >= 1 ? Math.floor(cell) : cell;
  };
  const across = largest(count, sizeOf);
  const size = Math.max(0.2, sizeOf(across));
  const [stepX, stepY] = [size * width + GAP, size * height + GAP];
  const down = Math.ceil(count / across);
  const left = room.x + Math.max(0, Math.floor((room.width - across * stepX + GAP) / 2));
  const top = room.y + Math.max(0, Math.floor((room.height - down * stepY + GAP) / 2));
  const kernels = Array.from({ length: count }, (_, index) => ({
    x: left + (index % across) * stepX,
    y: top + Math.floor(index / across) * stepY,
    width: size * width,
    height: size * height,
  }));
  return { kernels, bias, across };
}

/** @param {number} count @param {(columns: number) => number} sizeOf @returns {number} of 1 to `count` columns, those with the largest size */
function largest(count, sizeOf) {
  let best = 1;
  for (let columns = 2; columns <= count; columns++) if (sizeOf(columns) > sizeOf(best)) best = columns;
  return best;
}
