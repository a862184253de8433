/**
 * Content of the pad as plain values; no function here touches the page.
 *
 * @typedef {{tool: "pen" | "eraser", width: number, points: number[]}} Stroke points: x0, y0, x1, y1, ... as shares of
 *   the pad's side, y down; width as a share of the side.
 * @typedef {{id: string, side: number, pixels: string, caption: string, example: boolean}} Base pixels: base64 of
 *   side * side ink bytes; an example is replaced by the pen's first stroke.
 * @typedef {{base: Base | null, strokes: Stroke[]}} Sheet immutable, so that undo can keep many.
 * @typedef {{past: Sheet[], sheet: Sheet, future: Sheet[]}} History
 * @typedef {{points: number, strokes: number, side: number}} Limits what Python accepts.
 */

/** @type {Sheet} */
export const EMPTY_SHEET = { base: null, strokes: [] };

/** Least distance between two points of a stroke, as a share of the pad: 0.7 of 280 pixels, too small to see. */
const NEAREST = 0.0025;

/** Distance by which a stroke may leave the pad, as a share of its side; Python refuses coordinates above 2. */
const OUTSIDE = 1;

const UNDO_STEPS = 200;

/** @param {number} value */
const coordinate = (value) => Math.round(Math.min(Math.max(value, -OUTSIDE), 1 + OUTSIDE) * 1e4) / 1e4;

/**
 * Add a point to the stroke that is being drawn.
 *
 * @param {Stroke} stroke
 * @param {number} x
 * @param {number} y
 * @param {boolean} last true to add the point even if it is near, because the stroke ends here
 * @returns {boolean} true if the stroke is longer now
 */
export function addPoint(stroke, x, y, last = false) {
  const point = [coordinate(x), coordinate(y)];
  const n = stroke.points.length;
  if (n > 0) {
    const distance = Math.hypot(point[0] - stroke.points[n - 2], point[1] - stroke.points[n - 1]);
    if (distance === 0 || (distance < NEAREST && !last)) return false;
  }
  stroke.points.push(point[0], point[1]);
  return true;
}

/** Longer side of a stroke's bounding box, as a share of the pad's side. @param {Stroke} stroke */
export function extentOf(stroke) {
  const side = (/** @type {number} */ axis) => {
    const values = stroke.points.filter((_, index) => index % 2 === axis);
    return Math.max(...values) - Math.min(...values);
  };
  return Math.max(side(0), side(1));
}

/** @param {Sheet} sheet */
export const countPoints = (sheet) => sheet.strokes.reduce((sum, stroke) => sum + stroke.points.length / 2, 0);

/** @param {Sheet} sheet */
export const isBlank = (sheet) => sheet.base === null && sheet.strokes.length === 0;

/** @param {Sheet} sheet @param {Stroke} stroke @returns {Sheet} */
export const withStroke = (sheet, stroke) => ({ base: sheet.base, strokes: [...sheet.strokes, stroke] });

/**
 * Sheet under the next stroke: without an example, unless the stroke erases.
 *
 * @param {Sheet} sheet
 * @param {boolean} erase
 * @param {number[] | null} opening points of the stroke that the pad has drawn by itself, null for none
 * @returns {Sheet}
 */
export const groundOf = (sheet, erase, opening) =>
  !erase && (isOpening(sheet, opening) || (sheet.base?.example && sheet.strokes.length === 0)) ? EMPTY_SHEET : sheet;

/** True if the sheet is just the stroke that the pad has drawn by itself. @param {Sheet} sheet @param {number[] | null} opening */
export const isOpening = (sheet, opening) =>
  opening !== null &&
  sheet.base === null &&
  sheet.strokes.length === 1 &&
  sheet.strokes[0].points.length === opening.length &&
  sheet.strokes[0].points.every((value, index) => Math.abs(value - opening[index]) < 1e-4);

/** @param {History} history @param {Sheet} sheet @returns {History} */
export const commit = (history, sheet) => ({
  past: [...history.past, history.sheet].slice(-UNDO_STEPS),
  sheet,
  future: [],
});

/** @param {History} history @returns {History} */
export function undo(history) {
  if (history.past.length === 0) return history;
  const sheet = history.past[history.past.length - 1];
  return { past: history.past.slice(0, -1), sheet, future: [history.sheet, ...history.future] };
}

/** @param {History} history @returns {History} */
export function redo(history) {
  if (history.future.length === 0) return history;
  const [sheet, ...future] = history.future;
  return { past: [...history.past, history.sheet], sheet, future };
}

/**
 * Drawing in the form that Python reads.
 *
 * @param {Sheet} sheet
 * @param {number} revision
 */
export function toDocument(sheet, revision) {
  const base = sheet.base && { id: sheet.base.id, side: sheet.base.side, pixels: sheet.base.pixels };
  return { revision, base, strokes: sheet.strokes };
}

/** @param {any} value @returns {boolean} */
const isStroke = (value) =>
  value !== null &&
  typeof value === "object" &&
  (value.tool === "pen" || value.tool === "eraser") &&
  value.width >= 0.001 &&
  value.width <= 1 &&
  Array.isArray(value.points) &&
  value.points.length >= 2 &&
  value.points.length % 2 === 0 &&
  value.points.every((/** @type {any} */ number) => typeof number === "number" && Math.abs(number) <= 1 + OUTSIDE);

/**
 * Check a base from outside; return null if it isn't valid.
 *
 * @param {any} value
 * @param {Limits} limits
 * @returns {Base | null}
 */
export function readBase(value, limits) {
  if (value === null || typeof value !== "object") return null;
  const { id, side, pixels, caption, example } = value;
  if (typeof id !== "string" || typeof pixels !== "string" || typeof caption !== "string") return null;
  if (typeof example !== "boolean") return null;
  if (!Number.isInteger(side) || side < 1 || side > limits.side) return null;
  if (pixels.length !== 4 * Math.ceil((side * side) / 3) || !/^[A-Za-z0-9+/]+={0,2}$/.test(pixels)) return null;
  return { id, side, pixels, caption, example };
}

/**
 * Check a sheet from outside; return null if it isn't valid.
 *
 * @param {any} value
 * @param {Limits} limits
 * @returns {Sheet | null}
 */
export function readSheet(value, limits) {
  if (value === null || typeof value !== "object" || !Array.isArray(value.strokes)) return null;
  if (value.strokes.length > limits.strokes || !value.strokes.every(isStroke)) return null;
  const base = readBase(value.base, limits);
  if (base === null && value.base !== null) return null;
  const strokes = value.strokes.map((/** @type {Stroke} */ { tool, width, points }) => ({ tool, width, points }));
  const sheet = { base, strokes };
  return countPoints(sheet) <= limits.points ? sheet : null;
}
