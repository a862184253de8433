// What changes in the picture between two stops, and how far it has come at a share u of the way; pure functions, so that
// the same u is the same picture, whichever way the player moves.

/** @import { Frame } from "../shared/frames.js" */
/** @import { Layer } from "./network.js" */
import { stateAt } from "./network.js";

const WIPE = 0.25; // share of the way at which a single layer begins to appear, after its edges
const EDGES = 0.6; // and at which its edges are complete
const WAVE = 0.3; // share of the way that each of several layers takes
const LINES = 12; // most lines in which a window sweeps over a map

/**
 * @typedef {object} Change of a layer's state
 * @property {Layer} layer
 * @property {Layer["state"]} before
 * @property {Layer["state"]} after
 * @property {number} begin share of the way at which it begins
 * @property {number} end
 */

/**
 * Layers whose state differs between two stops, with their turns: in the order of the network or, where gradients come
 * back, in the opposite one.
 *
 * @param {Layer[]} layers
 * @param {Frame} from
 * @param {Frame} to
 * @returns {Change[]}
 */
export function changesBetween(layers, from, to) {
  const found = layers
    .map((layer) => ({ layer, before: stateAt(layer, from), after: stateAt(layer, to) }))
    .filter(({ before, after }) => before !== after);
  if (found.length === 1) return [{ ...found[0], begin: WIPE, end: 1 }];
  const back = found.some(({ after }) => after === "gradient");
  return found.map((change, index) => {
    const turn = (back ? found.length - 1 - index : index) / Math.max(1, found.length - 1);
    const begin = turn * (1 - WAVE);
    return { ...change, begin, end: begin + WAVE };
  });
}

/** @param {Change} change @param {number} u @returns {number} share of the change itself, 0..1 */
export function shareOf({ begin, end }, u) {
  return clamp((u - begin) / (end - begin));
}

/** @param {Change} change @param {number} u @returns {number} share of the edges that come with it, 0..1 */
export function edgeShare(change, u) {
  return change.end - change.begin > WAVE ? clamp(u / EDGES) : shareOf(change, u);
}

/**
 * Cell of a layer's maps that is computed at a share of its change: line by line, each from left to right.
 *
 * @param {Layer} layer
 * @param {number} share
 * @returns {{row: number, column: number}}
 */
export function sweptCell(layer, share) {
  const lines = Math.min(LINES, layer.rows);
  const place = Math.min(share * lines, lines - 1e-9);
  const line = Math.floor(place);
  return {
    row: Math.floor(((line + 0.5) * layer.rows) / lines),
    column: Math.floor((place - line) * layer.columns),
  };
}

/** @param {number} value @returns {number} */
export function clamp(value) {
  return Math.max(0, Math.min(1, value));
}
