// Order in which an open unit's sources are listed.

/** @import { shownEdges } from "./edges.js" */
/** @import { Layer } from "./network.js" */

/** Number of sources from which the largest contributions come first: from here on a list may scroll. */
export const MANY = 16;

/**
 * Places of the sources in the list: first those with an edge, from the largest contribution down, then the others by
 * their numbers.
 *
 * @param {Layer} layer of the open unit
 * @param {number} unit
 * @param {{layer: Layer, first: number, count: number}} sources the units that it reads, or that send it a gradient
 * @param {ReturnType<typeof shownEdges>} shown
 * @returns {number[] | null} place of each source, null for the order of their numbers
 */
export function placesBySize(layer, unit, { layer: other, first, count }, shown) {
  if (count < MANY) return null;
  const back = layer.state === "gradient";
  const own = shown.find((one) => {
    const ends = one.back ? [one.target, one.source] : [one.source, one.target];
    return one.back === back && ends[0] === other && ends[1] === layer;
  });
  if (!own) return null;
  const [ends, others] = back ? [own.pair.from, own.pair.to] : [own.pair.to, own.pair.from];
  const largest = [...others].filter((_, edge) => ends[edge] === unit).map((one) => one - first);
  const order = [...new Set([...largest, ...Array(count).keys()])];
  const places = Array(count).fill(0);
  order.forEach((source, place) => {
    places[source] = place;
  });
  return places;
}

/** @template T @param {T[]} all @param {number[] | null} places of each @returns {T[]} */
export function inPlaces(all, places) {
  if (!places) return all;
  /** @type {T[]} */
  const sorted = Array(all.length);
  places.forEach((place, index) => {
    sorted[place] = all[index];
  });
  return sorted;
}
