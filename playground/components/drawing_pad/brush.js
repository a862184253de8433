// Paints a sheet on a canvas as `lenet.digits.drawing.rasterize` does: round caps and joins, and the eraser paints paper.
// The network reads Python's picture; this one is only what the visitor sees.

/** @import { Sheet, Stroke } from "./sheet.js" */

/** @typedef {{ink: string, paper: string}} Colors CSS colors. */

/** A base with at most this many pixels a side is shown as square cells, as Python enlarges it. */
const CELLS = 32;

/**
 * Ink bytes as a picture: the ink's color, with the byte as its opacity.
 *
 * @param {string} pixels base64
 * @param {number} side
 * @param {string} ink
 */
export function inkPicture(pixels, side, ink) {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = ink;
  context.fillRect(0, 0, side, side);
  const image = context.getImageData(0, 0, side, side);
  const bytes = atob(pixels);
  for (let i = 0; i < side * side; i++) image.data[4 * i + 3] = bytes.charCodeAt(i);
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number} from index of the first point that is not on the canvas yet
 * @param {Colors} colors
 */
export function paintStroke(context, stroke, from, colors) {
  const side = context.canvas.width;
  const { points } = stroke;
  const start = Math.max(0, from - 1);
  context.strokeStyle = stroke.tool === "eraser" ? colors.paper : colors.ink;
  context.lineWidth = stroke.width * side;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(points[2 * start] * side, points[2 * start + 1] * side);
  // A line back to its own start is a dot, because of the round cap.
  for (let i = start; 2 * i < points.length; i++) context.lineTo(points[2 * i] * side, points[2 * i + 1] * side);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Sheet} sheet
 * @param {Colors} colors
 */
export function paintSheet(context, sheet, colors) {
  const side = context.canvas.width;
  const { base, strokes } = sheet;
  context.fillStyle = colors.paper;
  context.fillRect(0, 0, side, side);
  if (base) {
    context.imageSmoothingEnabled = base.side > CELLS;
    context.imageSmoothingQuality = "high";
    context.drawImage(inkPicture(base.pixels, base.side, colors.ink), 0, 0, side, side);
  }
  for (const stroke of strokes) paintStroke(context, stroke, 0, colors);
}
