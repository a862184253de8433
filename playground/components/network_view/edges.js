// Edges between the blocks: what each unit is made of, drawn under the maps on one canvas.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Block } from "./blocks.js" */
/** @import { Layout, Rect } from "./layout.js" */
/** @import { Layer } from "./network.js" */
import { ENTRIES, toCss } from "../shared/colors.js";
import { fitCanvas, make } from "../shared/dom.js";
import { curve, placeOf, placeOfLayer } from "./layout.js";
import { DIGIT } from "./tiles.js";

const STRENGTH = 0.6; // place in the scale, from zero to its end, of the color of edges
const [THIN, THICK] = [0.5, 3.4]; // width in pixels of the smallest and the largest edge
const [FAINT, FULL] = [0.12, 0.62]; // and their opacity
const HELD = 0.9; // opacity of the edges of the unit under the pointer
const VEILED = 0.05; // and meanwhile of all others
const LISTED = 32; // number of a pair's edges that are drawn whether or not one of their units is under the pointer

/**
 * @typedef {object} Pair the largest contributions between two layers, from the largest magnitude down
 * @property {string} source
 * @property {string} target
 * @property {Int16Array} from numbers of the source's units
 * @property {Int16Array} to numbers of the target's units
 * @property {Float32Array} values
 *
 * @typedef {object} Sent edges as Python packs them, see `edges.py`
 * @property {[string, string, number][]} edges
 * @property {Uint8Array} values
 * @property {Uint8Array} units
 */

/** Read the edges that Python has sent. @param {Sent} sent @returns {Pair[]} */
export function readEdges({ edges, values, units }) {
  // Copies, because an array of 4-byte numbers must begin at a multiple of 4 bytes.
  const all = new Float32Array(values.slice().buffer);
  const numbers = new Int16Array(units.slice().buffer);
  let start = 0;
  return edges.map(([source, target, count]) => {
    const end = start + count;
    const pair = {
      source,
      target,
      from: numbers.subarray(start, end),
      to: numbers.subarray(all.length + start, all.length + end),
      values: all.subarray(start, end),
    };
    start = end;
    return pair;
  });
}

/**
 * Edges to draw at a stop: those of the forward pass between computed outputs, in their place those of the backward pass
 * where the gradient has come back to the source, and at the end those of the pass after the step.
 *
 * @param {Layer[]} layers
 * @param {{forward: Pair[], backward: Pair[], after: Pair[]}} passes
 * @param {(layer: Layer) => Layer["state"]} stateOf
 * @returns {{pair: Pair, source: Layer, target: Layer, back: boolean}[]}
 */
export function shownEdges(layers, { forward, backward, after }, stateOf = (layer) => layer.state) {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const joined = (/** @type {Pair[]} */ pairs, /** @type {boolean} */ back) =>
    pairs.flatMap((pair) => {
      const [source, target] = [byName.get(pair.source), byName.get(pair.target)];
      return source && target ? { pair, source, target, back } : [];
    });
  const known = (/** @type {Layer} */ layer) => stateOf(layer) !== "none";
  return [
    ...joined(forward, false).filter(({ source, target }) => known(target) && stateOf(source) === "activation"),
    ...joined(backward, true).filter(({ source }) => stateOf(source) === "gradient"),
    ...joined(after, false).filter(({ source }) => stateOf(source) === "again"),
  ];
}

/**
 * Edges that stand out with a unit: those into it and out of it and, from a class, those of which it is mostly made, back
 * to the input.
 *
 * @param {Block} block of the unit
 * @param {number} unit
 * @param {ReturnType<typeof shownEdges>} shown
 * @param {(layer: Layer) => Block} blockOf
 * @param {number} branches number of edges that are followed back from each unit, 0 to stop at the unit itself
 * @returns {Map<Pair, Set<number>>} numbers of the edges, by pair
 */
export function heldEdges(block, unit, shown, blockOf, branches) {
  /** @type {Map<Pair, Set<number>>} */
  const found = new Map();
  for (const { pair, source, target } of shown) {
    const ends = blockOf(source) === block ? pair.from : blockOf(target) === block ? pair.to : [];
    found.set(pair, new Set(Array.from(ends.keys()).filter((edge) => ends[edge] === unit)));
  }
  // Targets come in order, so that from the last pair on each unit is reached before what it is made of.
  const reached = new Map([[block, new Set([unit])]]);
  for (const { pair, source, target, back } of branches ? [...shown].reverse() : []) {
    const units = reached.get(blockOf(target));
    if (!units || back) continue;
    /** @type {Map<number, number>} */
    const counts = new Map();
    const before = reached.get(blockOf(source)) ?? new Set();
    reached.set(blockOf(source), before);
    for (const [edge, to] of pair.to.entries()) {
      const count = counts.get(to) ?? 0;
      if (!units.has(to) || count >= branches) continue;
      counts.set(to, count + 1);
      found.get(pair)?.add(edge);
      before.add(pair.from[edge]);
    }
  }
  return found;
}

/**
 * The largest contribution to a unit or, where its gradient is shown, to its gradient.
 *
 * @param {Block} block of the unit
 * @param {number} unit
 * @param {ReturnType<typeof shownEdges>} shown
 * @param {(layer: Layer) => Block} blockOf
 * @returns {{layer: Layer, unit: number, value: number} | null} where it comes from; null if no edge says it
 */
export function largestContribution(block, unit, shown, blockOf) {
  for (const { pair, source, target, back } of shown) {
    const [own, ends, layer, others] = back
      ? [source, pair.from, target, pair.to]
      : [target, pair.to, source, pair.from];
    const edge = blockOf(own) === block ? ends.indexOf(unit) : -1;
    if (edge >= 0) return { layer, unit: others[edge], value: pair.values[edge] };
  }
  return null;
}

/**
 * Reason why no edge shows what a unit, or its gradient, is made of.
 *
 * @param {Block} block of the unit
 * @param {ReturnType<typeof shownEdges>} shown
 * @param {(layer: Layer) => Block} blockOf
 * @param {Layer[]} layers
 * @param {Record<string, Record<string, string>>} reasons of layers without edges, by the layer's name, for each state
 * @returns {string} "" if nothing is to be explained: of the input, of what isn't computed yet, of the loss's gradient
 */
export function reasonWithout(block, shown, blockOf, layers, reasons) {
  const { lead } = block;
  const known = reasons[lead.state];
  if (!known) return "";
  if (lead.state !== "gradient") {
    if (!lead.from.length) return "";
    const drawn = shown.some(({ target, back }) => !back && blockOf(target) === block);
    return drawn ? "zero" : (known[lead.name] ?? "kind");
  }
  const readers = layers.filter(
    (layer) => blockOf(layer) !== block && layer.from.some((one) => blockOf(one) === block),
  );
  if (!readers.length) return "";
  const drawn = shown.some(({ source, back }) => back && blockOf(source) === block);
  return drawn ? "small" : (readers.map(({ name }) => known[name]).find(Boolean) ?? "kind");
}

/** Colors of positive and negative edges. @param {Scale} scale signed @returns {[string, string]} */
export function edgeColors({ table }) {
  const zero = (ENTRIES - 1) / 2;
  const reach = Math.round(STRENGTH * zero);
  return [toCss(table[zero + reach]), toCss(table[zero - reach])];
}

/** Canvas of the edges. */
export function makeEdges() {
  const element = make("canvas", { class: "edges", "aria-hidden": "true" });
  const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
  let ratio = 1;
  /** @type {Map<string, Path2D>} */
  let paths = new Map();
  return {
    element,
    /** @param {Layout} layout @param {number} sharpness screen pixels per CSS pixel */
    resize({ width, height }, sharpness) {
      ratio = sharpness;
      fitCanvas(element, width, height, ratio);
      paths = new Map();
    },
    /**
     * @param {ReturnType<typeof shownEdges>} shown
     * @param {Layout} layout
     * @param {Scale} scale signed
     * @param {Map<Pair, Set<number>> | null} held edges that stand out, null if none is to
     * @param {Map<Pair, {begin: number, end: number}>} parts what is visible of the way of edges that are not complete
     */
    draw(shown, layout, scale, held, parts) {
      const [positive, negative] = edgeColors(scale);
      const large = layout.width >= 1800 ? 1.6 : layout.width >= 1300 ? 1.25 : 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, layout.width, layout.height);
      for (const { pair, source, target } of shown) {
        const most = Math.abs(pair.values[0]) || 1;
        const own = held?.get(pair);
        const part = parts.get(pair);
        if (part && part.end <= part.begin) continue;
        context.save();
        if (part) clip(layout, layout.boxes[source.index], layout.boxes[target.index], part);
        // The smallest first, so that the largest lie above.
        for (let edge = pair.values.length - 1; edge >= 0; edge--) {
          const stands = own?.has(edge);
          if (!stands && edge >= LISTED) continue; // those beyond are there for the units under the pointer
          const share = Math.min(1, Math.abs(pair.values[edge]) / most);
          context.strokeStyle = pair.values[edge] < 0 ? negative : positive;
          context.globalAlpha = stands ? HELD : held ? VEILED : FAINT + (FULL - FAINT) * share;
          context.lineWidth = (THIN + (THICK - THIN) * Math.sqrt(share)) * large;
          context.stroke(pathOf(layout, source, pair.from[edge], target, pair.to[edge]));
        }
        context.restore();
      }
      context.globalAlpha = 1;
    },
  };

  /** Limit what is drawn to a part of the way between two layers. @param {Layout} layout @param {Rect} source @param {Rect} target @param {{begin: number, end: number}} part */
  function clip({ wide, width, height }, source, target, { begin, end }) {
    const [start, whole] = wide
      ? [source.x, target.x + target.width - source.x]
      : [source.y, target.y + target.height - source.y];
    const [first, length] = [start + begin * whole, (end - begin) * whole];
    context.beginPath();
    if (wide) context.rect(first, 0, length, height);
    else context.rect(0, first, width, length);
    context.clip();
  }

  /** @param {Layout} layout @param {Layer} source @param {number} from @param {Layer} target @param {number} to */
  function pathOf(layout, source, from, target, to) {
    const key = `${source.index}/${from}/${target.index}/${to}`;
    const known = paths.get(key);
    if (known) return known;
    const [start, end] = [placeOf(layout.boxes[source.index], from), placeOf(layout.boxes[target.index], to)];
    const { block, x } = placeOfLayer(layout, target);
    // The first column's edges end before the digits of classes.
    const before = block.lead === target && target.vector ? Math.max(0, Math.min(DIGIT, end.x - x)) : 0;
    const path = new Path2D(curve(start, { ...end, x: end.x - before }, layout.wide));
    paths.set(key, path);
    return path;
  }
}
