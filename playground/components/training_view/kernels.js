// Pictures of the first convolution's kernels, all on one colour scale.

/** @import { Scale } from "../shared/colors.js" */
import { entryOf } from "../shared/colors.js";
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";

/**
 * @typedef {object} Kernels
 * @property {string} name of their layer
 * @property {number[]} shape (outputs, inputs, height, width)
 * @property {number[]} values
 */

/** @param {Record<string, string>} text */
export function makeKernels(text) {
  const title = make("h3", { class: "panel-title" });
  const grid = make("div", { class: "kernels" });
  const range = make("p", { class: "panel-note" });
  const element = make("section", { class: "panel" }, [title, grid, range]);
  /** @type {HTMLCanvasElement[]} */
  let canvases = [];

  /** @param {Kernels} kernels @param {Scale} scale diverging */
  function show({ name, shape, values }, scale) {
    const [outputs, inputs, height, width] = shape;
    const count = outputs * inputs;
    if (canvases.length !== count) {
      canvases = Array.from({ length: count }, (_, index) => {
        const label = fill(text.kernel, { layer: name, channel: Math.floor(index / inputs), input: index % inputs });
        return make("canvas", { width, height, role: "img", "aria-label": label, title: label });
      });
      grid.replaceChildren(...canvases);
    }
    write(title, fill(text.kernels, { layer: name, count: outputs }));
    const reach = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    write(range, fill(text.kernels_range, { reach: formatNumber(reach, 3) }));
    canvases.forEach((canvas, index) => {
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      const from = index * width * height;
      for (let cell = 0; cell < pixels.length; cell++) {
        pixels[cell] = scale.table[entryOf(values[from + cell], reach, true)];
      }
      context.putImageData(image, 0, 0);
    });
  }

  return { element, show };
}
