// What the bench shows, as Python sent it, and the arithmetic of one of its cells.

/** @import { Palette } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
/** @import { Part } from "../network_view/arithmetic.js" */
/** @import { Windowed } from "../network_view/network.js" */
/** @import { Cell, Shape, Window } from "./cells.js" */
import { convolvePart, sendBackPart } from "../network_view/arithmetic.js";
import { cellsRead, isInside, padded, placesReaching } from "./cells.js";

/**
 * @typedef {object} Field control of one option
 * @property {string} name
 * @property {string | number | boolean} value
 * @property {string[]} choices
 * @property {number | null} low
 * @property {number | null} high
 * @property {number} step
 *
 * @typedef {object} BenchData as Python sends it
 * @property {"convolution" | "transposed" | "max" | "avg"} kind
 * @property {{name: string, fields: Field[]}[]} groups
 * @property {Record<string, [string, string]>} problems sentence and PyTorch's own words by the option's name
 * @property {string} ticket name with which further pictures are asked for
 * @property {number} revision number of the last changes that it contains
 * @property {number} taken number of the last changes that Streamlit has handled
 * @property {boolean} good whether its picture is that of the options, not the last that was possible
 * @property {Record<string, string | number | boolean>} values of all options
 * @property {Shape} inShape
 * @property {Shape} outShape
 * @property {"ink" | "sequential" | "diverging"} scale
 * @property {string} caption
 * @property {Window} window
 * @property {number} channel of the output
 * @property {[string, string]} formulas
 * @property {string} code
 * @property {[number, number] | null} pin
 * @property {boolean} editable
 * @property {Uint8Array} x float32, as are all but the winners
 * @property {Uint8Array} output
 * @property {Uint8Array} [weight]
 * @property {Uint8Array} [bias]
 * @property {Uint8Array} [winners] int32
 * @property {Uint8Array} [moved]
 * @property {Uint8Array} [gradient]
 * @property {number} [changed]
 * @property {string} [move]
 * @property {Words} text
 * @property {Palette} palette
 *
 * @typedef {object} Bench
 * @property {BenchData["kind"]} kind
 * @property {boolean} pools
 * @property {boolean} transposed
 * @property {Shape} inShape
 * @property {Shape} outShape
 * @property {Window} window
 * @property {number} channel
 * @property {Float32Array} x
 * @property {{values: Float32Array, rows: number, columns: number}} padded the input as it is drawn
 * @property {number} margin of the drawn input on each side, in cells
 * @property {Float32Array} output of the channel that is seen
 * @property {Float32Array} kernel (channels, height, width) of that output channel
 * @property {number} first input channel that it reads
 * @property {number} count of input channels that it reads
 * @property {number | null} bias
 * @property {Int32Array | null} winners
 * @property {Float32Array | null} moved
 * @property {Float32Array | null} gradient
 *
 * @typedef {object} Stages of one output cell
 * @property {Part[]} parts of each input channel
 * @property {Cell[]} cells that are read, in the kernel's order; not whole, or outside, where there is none
 * @property {(place: number) => boolean} isPadding of a place in the kernel
 * @property {number} sum
 * @property {number} size sum of the magnitudes that were added
 */

/** @param {BenchData} data @returns {Bench} */
export function readBench(data) {
  const { kind, window, inShape, outShape, channel } = data;
  const transposed = kind === "transposed";
  const x = floats(data.x);
  const margin = transposed ? 0 : window.padding;
  const [inputs, outputs] = [inShape[0], outShape[0]];
  const groups = window.groups ?? inputs;
  const count = inputs / groups;
  const group = Math.floor(channel / (outputs / groups));
  const size = outShape[1] * outShape[2];
  const weight = data.weight ? floats(data.weight) : new Float32Array();
  return {
    kind,
    pools: kind === "max" || kind === "avg",
    transposed,
    inShape,
    outShape,
    window,
    channel,
    x,
    padded: padded(x, inShape, transposed ? { ...window, padding: 0 } : window),
    margin,
    output: floats(data.output).subarray(channel * size, (channel + 1) * size),
    kernel: kernelOf(weight, data, group * count, count),
    first: group * count,
    count,
    bias: data.bias?.length ? floats(data.bias)[channel] : null,
    winners: data.winners?.length
      ? new Int32Array(data.winners.buffer, data.winners.byteOffset, data.winners.byteLength >> 2)
      : null,
    moved: data.moved ? floats(data.moved) : null,
    gradient: data.gradient ? floats(data.gradient) : null,
  };
}

/**
 * Kernels of the output channel that is seen, one for each input channel that it reads.
 *
 * @param {Float32Array} weight as PyTorch has it
 * @param {BenchData} data
 * @param {number} first input channel
 * @param {number} count of them
 */
function kernelOf(weight, { kind, window, outShape, channel }, first, count) {
  const size = window.kernel[0] * window.kernel[1];
  if (kind !== "transposed") return weight.subarray(channel * count * size, (channel + 1) * count * size);
  const perGroup = outShape[0] / (window.groups ?? 1);
  const kernel = new Float32Array(count * size);
  for (let part = 0; part < count; part++) {
    const start = ((first + part) * perGroup + (channel % perGroup)) * size;
    kernel.set(weight.subarray(start, start + size), part * size);
  }
  return kernel;
}

/** Kernels as they are multiplied: turned by 180° for a true convolution. @param {Bench} bench @returns {Float32Array} */
export function usedKernel({ kernel, count, window }) {
  if (!window.flipped) return kernel;
  const size = kernel.length / count;
  const parts = Array.from({ length: count }, (_, part) => kernel.slice(part * size, (part + 1) * size).reverse());
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/**
 * Arithmetic of one cell of a convolution's output, repeated in double precision.
 *
 * @param {Bench} bench
 * @param {Cell} cell
 * @returns {Stages}
 */
export function stagesOf(bench, { row, column }) {
  const { window, inShape, outShape, transposed, padded: source, first, count } = bench;
  const kernel = usedKernel(bench);
  const pair = (/** @type {number} */ one) => [one, one];
  const common = { kernel: window.kernel, stride: pair(window.stride), dilation: pair(window.dilation) };
  const layer = /** @type {Windowed} */ (
    /** @type {unknown} */ (
      transposed
        ? { ...common, padding: pair(window.padding), rows: inShape[1], columns: inShape[2], gradient: source }
        : {
            ...common,
            padding: [0, 0],
            groups: window.groups ?? 1,
            mixes: true,
            units: outShape[0],
            from: [{ ...source, units: inShape[0] }],
          }
    )
  );
  const parts = Array.from({ length: count }, (_, part) =>
    transposed
      ? sendBackPart(layer, first + part, part, row, column, kernel)
      : convolvePart(layer, bench.channel, part, row, column, kernel),
  );
  const total = (/** @type {"sum" | "size"} */ key) => parts.reduce((sum, part) => sum + part[key], 0);
  const bias = bench.bias ?? 0;
  const cells = (transposed ? placesReaching : cellsRead)(window, { row, column });
  return {
    parts,
    cells,
    isPadding: (place) => !transposed && !isInside(cells[place], inShape),
    sum: total("sum") + bias,
    size: total("size") + Math.abs(bias),
  };
}

/** Number of the value with the largest magnitude. @param {Float32Array} values */
export function strongest(values) {
  return values.reduce((best, value, place) => (Math.abs(value) > Math.abs(values[best]) ? place : best), 0);
}

/** @param {Uint8Array} bytes @returns {Float32Array} */
function floats(bytes) {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}
