// Curves, cameras and neighbors; pure functions of numbers.

/**
 * @typedef {object} Box
 * @property {string} id
 * @property {string} label
 * @property {string} sub
 * @property {string} kind
 * @property {number | null} value
 * @property {string} title
 * @property {number} x of its center
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Arrow
 * @property {number} source index of a box
 * @property {number} target
 * @property {string} label
 * @property {number | null} value
 * @property {number[]} points x, y of the first point, then of three more for each curve
 *
 * @typedef {object} Camera position and zoom: a point p of the drawing appears at x + scale·p
 * @property {number} x
 * @property {number} y
 * @property {number} scale
 */

export const LEAST_SCALE = 0.02;
export const MOST_SCALE = 3;
const LARGEST_FIT = 1.1;
const READABLE = 0.74;
const MARGIN = 18;

/** @param {number[]} points @returns {string} SVG path */
export function pathOf(points) {
  return `M${points[0]} ${points[1]}C${points.slice(2).join(" ")}`;
}

/** @param {number[]} points @returns {{x: number, y: number}} the middle of an arrow */
export function middleOf(points) {
  const curves = (points.length - 2) / 6;
  const start = 6 * Math.floor((curves - 1) / 2);
  const at = (/** @type {number} */ axis) => {
    const [a, b, c, d] = [0, 2, 4, 6].map((step) => points[start + step + axis]);
    return curves % 2 ? (a + 3 * b + 3 * c + d) / 8 : d;
  };
  return { x: at(0), y: at(1) };
}

/** @param {number[]} size of the drawing @param {number} width of the window @param {number} height @returns {Camera} the whole drawing */
export function fitAll([across, down], width, height) {
  const fits = Math.min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / down);
  const scale = Math.max(LEAST_SCALE, Math.min(LARGEST_FIT, fits));
  return { x: (width - scale * across) / 2, y: (height - scale * down) / 2, scale };
}

/**
 * Initial camera: shows the whole drawing if that is readable, else its root.
 *
 * @param {number[]} size
 * @param {Box} root
 * @param {number} width of the window
 * @param {number} height
 * @returns {Camera}
 */
export function openingView(size, root, width, height) {
  const whole = fitAll(size, width, height);
  if (whole.scale >= READABLE) return whole;
  const scale = Math.min(1, Math.max(READABLE, (width - 2 * MARGIN) / size[0]));
  return { x: width / 2 - scale * root.x, y: MARGIN - scale * (root.y - root.height / 2), scale };
}

/** @param {Camera} camera @param {number} factor @param {{x: number, y: number}} point of the window that stays @returns {Camera} */
export function zoomAt(camera, factor, point) {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, camera.scale * factor));
  const grown = scale / camera.scale;
  return { x: point.x - grown * (point.x - camera.x), y: point.y - grown * (point.y - camera.y), scale };
}

/** @param {Camera} camera @param {Box} box @param {number} width of the window @param {number} height @returns {Camera} the nearest one that shows the box */
export function reveal(camera, box, width, height) {
  const shift = (/** @type {number} */ start, /** @type {number} */ end, /** @type {number} */ room) => {
    if (start < MARGIN || end > room - MARGIN) return room / 2 - (start + end) / 2;
    return 0;
  };
  const { scale } = camera;
  const left = camera.x + scale * (box.x - box.width / 2);
  const top = camera.y + scale * (box.y - box.height / 2);
  return {
    x: camera.x + shift(left, left + scale * box.width, width),
    y: camera.y + shift(top, top + scale * box.height, height),
    scale,
  };
}

/** @param {Camera} camera @param {Box} box @param {number} width of the window @param {number} height @returns {boolean} whether the middle of the box is in the window */
export function isShown(camera, box, width, height) {
  const [x, y] = [camera.x + camera.scale * box.x, camera.y + camera.scale * box.y];
  return x >= 0 && x <= width && y >= 0 && y <= height;
}

/**
 * Move the camera so that at least a corner of the drawing is in the window.
 *
 * @param {Camera} camera
 * @param {number[]} size of the drawing
 * @param {number} width of the window
 * @param {number} height
 * @returns {Camera}
 */
export function keepInside(camera, [across, down], width, height) {
  const keep = 60;
  const clamp = (/** @type {number} */ value, /** @type {number} */ length, /** @type {number} */ room) =>
    Math.min(room - keep, Math.max(keep - camera.scale * length, value));
  return { x: clamp(camera.x, across, width), y: clamp(camera.y, down, height), scale: camera.scale };
}

/**
 * Box that an arrow key leads to: Down follows the arrows, Up goes against them, Left and Right go along the rank.
 *
 * @param {string} key
 * @param {number} from index of a box
 * @param {Box[]} boxes
 * @param {Arrow[]} arrows
 * @returns {number} index of a box
 */
export function neighbor(key, from, boxes, arrows) {
  const here = boxes[from];
  if (key === "ArrowDown" || key === "ArrowUp") {
    const next =
      key === "ArrowDown"
        ? arrows.filter((one) => one.source === from).map((one) => one.target)
        : arrows.filter((one) => one.target === from).map((one) => one.source);
    return nearest(next, from, (box) => Math.hypot(box.x - here.x, 0.1 * (box.y - here.y)), boxes);
  }
  const side = key === "ArrowRight" ? 1 : -1;
  const beside = boxes
    .map((_, index) => index)
    .filter((index) => Math.abs(boxes[index].y - here.y) < here.height && side * (boxes[index].x - here.x) > 0);
  return nearest(beside, from, (box) => Math.abs(box.x - here.x), boxes);
}

/**
 * @param {number[]} indices of boxes
 * @param {number} fallback result if there are none
 * @param {(box: Box) => number} distance
 * @param {Box[]} boxes
 */
function nearest(indices, fallback, distance, boxes) {
  const [first, ...rest] = indices;
  if (first === undefined) return fallback;
  return rest.reduce((best, index) => (distance(boxes[index]) < distance(boxes[best]) ? index : best), first);
}
