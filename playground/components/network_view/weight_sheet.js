// Canvas over the picture with the weights of a recorded step.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Rect } from "./layout.js" */
/** @import { Overlay, Weights } from "./weight_cells.js" */
import { ENTRIES, toCss } from "../shared/colors.js";
import { fitCanvas, make } from "../shared/dom.js";
import { arrangeKernels, entryOfLevel } from "./weight_cells.js";

const WILD = -128; // level of NaN and infinity
const SWELL = 0.15; // by which a kernel grows while its gradient arrives
const MARGIN = 1; // of the ground around a unit's weights

/**
 * @typedef {object} Shown weights of one layer at a moment
 * @property {Overlay} overlay
 * @property {number} alpha opacity, 0..1
 * @property {number} share of the way from the weights before the step to those after it, or of the gradient's arrival
 * @property {(unit: number) => Rect} rectOf place of each unit
 */

export function makeWeightSheet() {
  const element = make("canvas", { class: "weights", "aria-hidden": "true" });
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  const cells = make("canvas");
  const inner = /** @type {CanvasRenderingContext2D} */ (cells.getContext("2d"));
  let ratio = 1;
  let drawn = false;
  /** Arrangement of each layer's kernels. @type {Map<Weights, {rect: Rect, kernels: Rect[], bias: Rect | null, across: number}[]>} */
  let places = new Map();

  return {
    element,
    /** @param {{width: number, height: number}} layout @param {number} sharpness screen pixels per CSS pixel */
    resize({ width, height }, sharpness) {
      ratio = sharpness;
      fitCanvas(element, width, height, ratio);
      places = new Map();
    },
    /** @param {Shown[]} shown @param {Record<string, Scale>} scales @param {number} wild color of NaN and infinity */
    draw(shown, scales, wild) {
      if (!shown.length && !drawn) return;
      drawn = shown.length > 0;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, element.width, element.height);
      for (const one of shown) drawLayer(one, one.overlay.kind === "gradient" ? scales.night : scales.diverging, wild);
      context.globalAlpha = 1;
    },
  };

  /** @param {Shown} shown @param {Scale} scale @param {number} wild */
  function drawLayer({ overlay, alpha, share, rectOf }, scale, wild) {
    const { weights, kind, weighted, biased } = overlay;
    const all = arranged(weights, rectOf);
    const table = entriesAt(weights, kind, share, scale, wild);
    const whole = weights.count * weights.height * weights.width;
    const size = whole + Number(weights.biased);
    const ground = toCss(scale.table[(ENTRIES - 1) / 2]);
    const vector = weights.height * weights.width === 1;
    const across = vector ? all[0].across : weights.width;
    const lines = vector ? Math.ceil(weights.count / across) : weights.height;
    paintCells(table, weights, whole, size, across, lines);
    const swell = kind === "gradient" ? 1 + SWELL * Math.sin(Math.PI * share) : 1;
    context.globalAlpha = alpha;
    context.imageSmoothingEnabled = false;
    for (const [unit, { rect, kernels, bias }] of all.entries()) {
      aim(rect, 1);
      context.fillStyle = ground;
      context.fillRect(rect.x - MARGIN, rect.y - MARGIN, rect.width + 2 * MARGIN, rect.height + 2 * MARGIN);
      aim(rect, swell);
      if (weighted)
        for (const [number, { x, y, width, height }] of kernels.entries()) {
          const left = vector ? 0 : number * weights.width;
          context.drawImage(cells, left, unit * lines, across, lines, x, y, width, height);
        }
      if (!biased || !bias) continue;
      context.fillStyle = toCss(table[unit * size + whole]);
      context.fillRect(bias.x, bias.y, bias.width, bias.height);
    }
  }

  /** Scale about a unit's middle. @param {Rect} rect @param {number} swell */
  function aim({ x, y, width, height }, swell) {
    const [left, top] = [x + width / 2, y + height / 2];
    context.setTransform(ratio * swell, 0, 0, ratio * swell, ratio * left * (1 - swell), ratio * top * (1 - swell));
  }

  /** @param {Weights} weights @param {(unit: number) => Rect} rectOf */
  function arranged(weights, rectOf) {
    let found = places.get(weights);
    if (!found) {
      found = Array.from({ length: weights.units }, (_, unit) => {
        const rect = rectOf(unit);
        return { rect, ...arrangeKernels(rect, weights) };
      });
      places.set(weights, found);
    }
    return found;
  }

  /**
   * Paint the cells on a canvas of their own, a pixel each, from where each kernel is enlarged: the units one under the
   * other, each unit's kernels side by side.
   *
   * @param {Uint32Array} table colors of all cells
   * @param {Weights} weights
   * @param {number} whole number of a unit's cells without its bias
   * @param {number} size with it
   * @param {number} across cells in a line of a kernel
   * @param {number} lines of a kernel
   */
  function paintCells(table, { units, count, height, width }, whole, size, across, lines) {
    const kernels = height * width === 1 ? 1 : count;
    cells.width = kernels * across;
    cells.height = units * lines;
    const image = inner.createImageData(cells.width, cells.height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let unit = 0; unit < units; unit++)
      for (let cell = 0; cell < whole; cell++) {
        const kernel = kernels === 1 ? 0 : Math.floor(cell / (height * width));
        const place = cell - kernel * height * width;
        const [row, column] = [Math.floor(place / across), place % across];
        pixels[(unit * lines + row) * cells.width + kernel * across + column] = table[unit * size + cell];
      }
    inner.putImageData(image, 0, 0);
  }
}

/**
 * Colors of a layer's cells on the way from before the step to after it, or of its gradient.
 *
 * @param {Weights} weights
 * @param {"change" | "gradient"} kind
 * @param {number} share
 * @param {Scale} scale
 * @param {number} wild
 * @returns {Uint32Array}
 */
function entriesAt({ before, after, gradient }, kind, share, { table }, wild) {
  const [start, end] = kind === "change" ? [before, after ?? before] : [gradient ?? before, gradient ?? before];
  return Uint32Array.from(start, (level, cell) => {
    if (level === WILD || (share > 0 && end[cell] === WILD)) return cell & 1 ? wild : 0; // chequered
    return table[entryOfLevel(level + (end[cell] - level) * share, ENTRIES)];
  });
}
