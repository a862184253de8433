// A small drawing of a layer's output: maps as sheets one behind the other, a vector as a bar.

import { makeSvg } from "../shared/dom.js";

const SIZE = 36;
const SHEETS = 5;

/**
 * Rectangles of a drawing, from the back to the front, in a square of `SIZE` pixels.
 *
 * @param {number[]} sizes (C, H, W) or (N,)
 * @returns {{x: number, y: number, width: number, height: number}[]}
 */
export function rectangles(sizes) {
  if (sizes.length === 1) {
    const height = Math.min(SIZE, 4 + 4 * Math.log2(sizes[0] + 1));
    return [{ x: SIZE / 2 - 3, y: (SIZE - height) / 2, width: 6, height }];
  }
  if (sizes.length !== 3) return [];
  const [channels, height, width] = sizes;
  const sheets = Math.min(SHEETS, Math.ceil(Math.log2(channels + 1)));
  const shift = 2.5;
  const room = SIZE - shift * (SHEETS - 1);
  const scale = Math.min(1, 32 / Math.max(height, width, 1)) * (room / 32);
  const w = Math.max(3, width * scale);
  const h = Math.max(3, height * scale);
  const left = (SIZE - w - shift * (sheets - 1)) / 2;
  const top = (SIZE - h + shift * (sheets - 1)) / 2;
  return Array.from({ length: sheets }, (_, sheet) => {
    const back = sheets - 1 - sheet;
    return { x: left + shift * back, y: top - shift * back, width: w, height: h };
  });
}

export function makeMiniature() {
  const element = makeSvg("svg", { class: "miniature", viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE });
  element.setAttribute("aria-hidden", "true");
  return {
    element,
    /** @param {number[]} sizes */
    show: (sizes) => {
      element.replaceChildren(...rectangles(sizes).map((place) => makeSvg("rect", { ...place, rx: 1 })));
    },
  };
}
