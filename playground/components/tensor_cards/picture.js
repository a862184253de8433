// Picture of one tensor on a canvas, one cell per number; pointer or arrow keys select a cell to show its value.

/** @import { Scale } from "../shared/colors.js" */
import { entryOf, pack } from "../shared/colors.js";
import { make } from "../shared/dom.js";
import { cellOf, indexAt, tilesOf } from "./tiles.js";

const LARGEST_CELL = 14;
const TALLEST = 180;
const NARROWEST = 90; // least width: a tall matrix gets wide cells

/**
 * @param {Float32Array} values
 * @param {number[]} shape of the values
 * @param {string} label
 * @param {(index: number) => void} say called with the index of the selected number, -1 for none
 */
export function makeTensorPicture(values, shape, label, say) {
  const tiles = tilesOf(shape);
  const canvas = make("canvas", {
    class: "cells",
    width: tiles.width,
    height: tiles.height,
    role: "application",
    "aria-label": label,
    tabindex: 0,
  });
  const mark = make("span", { class: "mark", hidden: true });
  const element = make("div", { class: "picture" }, [canvas, mark]);
  const cell = Math.min(LARGEST_CELL, TALLEST / tiles.height);
  const wide = Math.max(cell * tiles.width, Math.min(NARROWEST, LARGEST_CELL * tiles.width));
  element.style.width = `${wide}px`;
  element.style.aspectRatio = `${wide} / ${cell * tiles.height}`;
  let at = -1;

  /** @param {number} index */
  function point(index) {
    at = index;
    mark.hidden = index < 0;
    if (index >= 0) {
      const { x, y } = cellOf(tiles, index);
      Object.assign(mark.style, {
        left: `${(100 * x) / tiles.width}%`,
        top: `${(100 * y) / tiles.height}%`,
        width: `${100 / tiles.width}%`,
        height: `${100 / tiles.height}%`,
      });
    }
    say(index);
  }

  canvas.onpointermove = canvas.onpointerdown = (event) => {
    const box = canvas.getBoundingClientRect();
    point(
      indexAt(
        tiles,
        Math.floor(((event.clientX - box.left) / box.width) * tiles.width),
        Math.floor(((event.clientY - box.top) / box.height) * tiles.height),
        values.length,
      ),
    );
  };
  canvas.onpointerleave = canvas.onblur = () => point(-1);
  canvas.onkeydown = (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    if (at < 0) return point(0);
    const from = cellOf(tiles, at);
    for (let far = 1; far <= 2; far++) {
      // over a gap
      const index = indexAt(tiles, from.x + far * step[0], from.y + far * step[1], values.length);
      if (index >= 0) return point(index);
    }
  };

  return {
    element,
    /** @param {Record<string, Scale>} scales @param {string} odd color of NaN and infinity */
    paint(scales, odd) {
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const image = context.createImageData(tiles.width, tiles.height);
      const pixels = new Uint32Array(image.data.buffer);
      let [reach, signed, wild] = [0, false, 0];
      for (const value of values) {
        if (!Number.isFinite(value)) {
          wild++;
          continue;
        }
        reach = Math.max(reach, Math.abs(value));
        signed ||= value < 0;
      }
      const scale = signed ? scales.diverging : scales.sequential;
      const none = pack(odd);
      for (let index = 0; index < values.length; index++) {
        const { x, y } = cellOf(tiles, index);
        const value = values[index];
        pixels[y * tiles.width + x] = Number.isFinite(value) ? scale.table[entryOf(value, reach, signed)] : none;
      }
      context.putImageData(image, 0, 0);
      return { reach, signed, scale, wild };
    },
  };
}
