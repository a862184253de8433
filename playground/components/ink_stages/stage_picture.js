// Picture of one stage: pixels as sharp squares, under marks that explain the stage.

import { channels } from "../shared/colors.js";

/**
 * @typedef {object} Marks
 * @property {number[]} [box] left, top, right, bottom of the ink as shares of the picture
 * @property {number} [cross] pixel index, across and down, to which the center of mass is moved
 * @property {number[]} [mass] pixel indices, across and down, of the center of mass
 */

/**
 * @typedef {object} Picture
 * @property {Uint8Array} pixels 0 paper to 255 ink
 * @property {number} width
 * @property {number} height
 */

/** @param {HTMLCanvasElement} canvas */
export function makeStagePicture(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const source = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
  let image = new ImageData(1, 1);
  const self = { width: 0, paint };

  /** @param {Picture} picture @param {string[]} stops #rrggbb of paper and of ink */
  function fillSource({ pixels, width, height }, stops) {
    if (image.width !== width || image.height !== height) {
      image = new ImageData(width, height);
      source.canvas.width = width;
      source.canvas.height = height;
    }
    const [paper, ink] = stops.map(channels);
    for (let i = 0; i < width * height; i++) {
      const share = pixels[i] / 255;
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + (ink[c] - paper[c]) * share;
      image.data[4 * i + 3] = 255;
    }
    source.putImageData(image, 0, 0);
  }

  /**
   * @param {Picture} picture
   * @param {number} cells picture pixels along the canvas's side; a smaller picture is centered
   * @param {Marks} marks
   * @param {{ink: string[], accent: string}} colors
   */
  function paint(picture, cells, marks, colors) {
    if (self.width === 0) return;
    const side = Math.max(1, Math.round(self.width * window.devicePixelRatio));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    fillSource(picture, colors.ink);
    const paper = colors.ink[0];
    const cell = side / cells;
    const left = Math.floor((cells - picture.width) / 2) * cell;
    const top = Math.floor((cells - picture.height) / 2) * cell;
    context.fillStyle = paper;
    context.fillRect(0, 0, side, side);
    context.imageSmoothingEnabled = false;
    context.drawImage(source.canvas, left, top, picture.width * cell, picture.height * cell);

    context.strokeStyle = context.fillStyle = colors.accent;
    context.lineWidth = Math.max(1, Math.round(window.devicePixelRatio));
    if (marks.box) {
      const [x0, y0, x1, y1] = marks.box.map((share) => share * side);
      context.strokeRect(x0 - 0.5, y0 - 0.5, x1 - x0 + 1, y1 - y0 + 1);
    }
    if (marks.cross !== undefined) {
      const middle = Math.floor((marks.cross + 0.5) * cell) + 0.5;
      context.beginPath();
      context.moveTo(middle, 0);
      context.lineTo(middle, side);
      context.moveTo(0, middle);
      context.lineTo(side, middle);
      context.stroke();
    }
    if (marks.mass) {
      const [x, y] = marks.mass.map((index) => (index + 0.5) * cell);
      context.beginPath();
      context.arc(x, y, Math.max(2.5 * window.devicePixelRatio, cell), 0, 2 * Math.PI);
      context.fill();
      context.strokeStyle = paper;
      context.stroke();
    }
  }

  return self;
}
