/** One stage as a picture: pixels as crisp squares, with the marks that explain the stage over them. */
import { channels } from "../shared/colors.js";

/**
 * @typedef {object} Marks
 * @property {number[]} [box] left, top, right, bottom of the ink as shares of the picture
 * @property {number} [cross] pixel index, across and down, on which the centre of mass belongs
 * @property {number[]} [mass] pixel indices, across and down, of the centre of mass
 */

/**
 * @param {Uint8Array} pixels 0 paper to 255 ink
 * @param {number} width
 * @param {number} height
 * @param {string[]} stops #rrggbb of paper and of ink
 */
export function pixelsToImage(pixels, width, height, stops) {
  const [paper, ink] = stops.map(channels);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    const share = pixels[i] / 255;
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = paper[c] + (ink[c] - paper[c]) * share;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 * @param {number} cells pixels of the picture along the canvas's side; a smaller picture stands in the middle
 * @param {Marks} marks
 * @param {{paper: string, accent: string}} colours
 */
export function paintStage(canvas, image, cells, marks, colours) {
  const side = Math.max(1, Math.round(canvas.clientWidth * window.devicePixelRatio));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const source = new OffscreenCanvas(image.width, image.height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (source.getContext("2d")).putImageData(image, 0, 0);
  const cell = side / cells;
  const left = Math.floor((cells - image.width) / 2) * cell;
  const top = Math.floor((cells - image.height) / 2) * cell;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, left, top, image.width * cell, image.height * cell);

  context.strokeStyle = context.fillStyle = colours.accent;
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
    context.strokeStyle = colours.paper;
    context.stroke();
  }
}
