// Drawing of the way between two stops: layers that change, their edges, the window that sweeps over its source, weights
// and probabilities. Everything is a function of the two stops and the share of the way.

/** @import { Frame, Position } from "../shared/frames.js" */
/** @import { Change } from "./changes.js" */
/** @import { Pair, shownEdges } from "./edges.js" */
/** @import { Layer } from "./network.js" */
/** @import { Sheet } from "./paint.js" */
/** @import { Overlay, Weights } from "./weight_cells.js" */
import { changesBetween, clamp, edgeShare, shareOf } from "./changes.js";
import { stateAt } from "./network.js";
import { makeTransition } from "./transition.js";
import { overlaysAt } from "./weight_cells.js";

const LOSS = ["loss", "backward", "step"]; // phases in which the loss is known and not yet out of date
const GROWN = 0.5; // share of the way after which the probabilities have grown, before what the target lacks is marked
const SHOWN = 0.3; // share of the way after which weights are fully visible
const LEAVE = 0.2; // and after which those of the stop before have gone

/** @typedef {ReturnType<typeof shownEdges>} Edges */

/** @typedef {{begin: number, end: number}} Part of an edge's way from left to right that is visible, 0..1 */

/**
 * @typedef {object} Scene what the picture draws
 * @property {Edges} edges
 * @property {Map<Pair, Part>} parts of those edges that are not complete
 * @property {{layer: Layer, share: number} | null} sweep layer whose window moves, and how far it has come
 * @property {{overlay: Overlay, alpha: number, share: number}[]} weights
 * @property {Layer["state"] | null} bars state of the probabilities to which they are on their way, null at a stop
 * @property {number} grown share of their length to which the probabilities' bars have grown
 * @property {number} missing share of the target's missing probability that is marked
 * @property {number} slide share of the way of the probabilities from before the step to after it
 */

/**
 * @param {{sheetOf: (layer: Layer) => Sheet, paint: (layer: Layer) => void, edgesAt: (frame: Frame) => Edges}} picture
 */
export function makePlayback(picture) {
  let now = "";
  /** @type {ReturnType<typeof makeTransition> | null} */
  let transition = null;
  /** @type {Change[]} */
  let changes = [];
  /** @type {Edges} */
  let before = [];
  /** @type {Edges} */
  let after = [];

  return {
    /** Forget what was prepared: the way has ended, or values, colors or places have changed. @returns {boolean} true if something was */
    reset() {
      const was = transition !== null;
      now = "";
      transition = null;
      return was;
    },
    /**
     * Draw the layers that change, and say what else belongs to the position.
     *
     * @param {Layer[]} layers
     * @param {Weights[]} weights
     * @param {Position} position
     * @returns {Scene}
     */
    show(layers, weights, { from, to, u }) {
      const key = `${from.number} ${to.number}`;
      if (key !== now) {
        now = key;
        before = picture.edgesAt(from);
        after = picture.edgesAt(to);
        changes = changesBetween(layers, from, to);
        transition = makeTransition(
          changes.filter(({ layer }) => !layer.bars), // those grow and slide
          ({ layer }) => picture.sheetOf(layer),
          ({ layer }, state) => {
            const own = layer.state;
            layer.state = state;
            picture.paint(layer);
            layer.state = own;
          },
        );
      }
      transition?.draw(u);
      return {
        ...edgesBetween(before, after, changes, u),
        sweep: sweepAt(changes, u),
        weights: overlaysBetween(weights, from, to, u),
        bars: stateAt(layers[layers.length - 1], to),
        grown: grownAt(from, to, u),
        missing: missingAt(from, to, u),
        slide: slideAt(from, to, u),
      };
    },
  };
}

/** Scene of a stop at rest. @param {Edges} edges @param {Weights[]} weights @param {Frame | null} frame @returns {Scene} */
export function sceneAt(edges, weights, frame) {
  return {
    edges,
    parts: new Map(),
    sweep: null,
    weights: frame ? overlaysAt(weights, frame).map((overlay) => ({ overlay, alpha: 1, share: 1 })) : [],
    bars: null,
    grown: 1,
    missing: frame ? missingAt(frame, frame, 1) : 0,
    slide: frame ? slideAt(frame, frame, 1) : 0,
  };
}

/**
 * Edges on the way: those that come, each behind the front of its layer, and those that go.
 *
 * @param {Edges} before
 * @param {Edges} after
 * @param {Change[]} changes
 * @param {number} u
 * @returns {{edges: Edges, parts: Map<Pair, Part>}}
 */
export function edgesBetween(before, after, changes, u) {
  const known = new Set(before.map(({ pair }) => pair));
  const stays = new Set(after.map(({ pair }) => pair));
  const shareFor = (/** @type {Edges[number]} */ edge) => {
    const change = changes.find(({ layer }) => layer === (edge.back ? edge.source : edge.target));
    return change ? edgeShare(change, u) : u;
  };
  const back = after.some((edge) => edge.back && !known.has(edge.pair));
  /** @type {Map<Pair, Part>} */
  const parts = new Map();
  for (const edge of after) {
    if (known.has(edge.pair)) continue;
    const share = shareFor(edge);
    parts.set(edge.pair, edge.back ? { begin: 1 - share, end: 1 } : { begin: 0, end: share });
  }
  const leaving = before.filter(({ pair }) => !stays.has(pair));
  for (const edge of leaving) {
    const share = shareFor({ ...edge, back });
    parts.set(edge.pair, back ? { begin: 0, end: 1 - share } : { begin: share, end: 1 });
  }
  return { edges: [...leaving, ...after], parts };
}

/** @param {Change[]} changes @param {number} u @returns {Scene["sweep"]} */
function sweepAt(changes, u) {
  const change = changes.length === 1 ? changes[0] : null;
  if (!change || change.layer.vector || change.after !== "activation" || !change.layer.from.length) return null;
  const share = shareOf(change, u);
  return share > 0 && share < 1 ? { layer: change.layer, share } : null;
}

/**
 * Weights on the way: those of the earlier stop go first.
 *
 * @param {Weights[]} weights
 * @param {Frame} from
 * @param {Frame} to
 * @param {number} u
 * @returns {Scene["weights"]}
 */
export function overlaysBetween(weights, from, to, u) {
  const coming = overlaysAt(weights, to);
  const share = clamp((u - SHOWN) / (1 - SHOWN));
  const going = overlaysAt(weights, from).filter(
    (old) => !coming.some((one) => one.weights === old.weights && one.kind === old.kind),
  );
  return [
    ...going.map((overlay) => ({ overlay, alpha: clamp(1 - u / LEAVE), share: 1 })),
    ...coming.map((overlay) => ({ overlay, alpha: clamp(u / SHOWN), share })),
  ].filter(({ alpha }) => alpha > 0);
}

/** @param {Frame} from @param {Frame} to @param {number} u @returns {number} */
export function grownAt(from, to, u) {
  const comes = LOSS.includes(to.phase) && !LOSS.includes(from.phase);
  return comes ? clamp(u / GROWN) : 1;
}

/** @param {Frame} from @param {Frame} to @param {number} u @returns {number} */
export function missingAt(from, to, u) {
  const [start, end] = [from, to].map(({ phase }) => Number(LOSS.includes(phase)));
  return end > start ? clamp((u - GROWN) / (1 - GROWN)) : start + (end - start) * u;
}

/** @param {Frame} from @param {Frame} to @param {number} u @returns {number} */
export function slideAt(from, to, u) {
  const [start, end] = [from, to].map(({ phase }) => Number(phase === "re-evaluate"));
  return start + (end - start) * u;
}
