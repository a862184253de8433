// Keys that lead from one cell of a map to another.

/**
 * Cell to which a key leads, within the map.
 *
 * @param {string} key
 * @param {[number, number]} from row and column
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number] | null} null for another key
 */
export function stepTo(key, [row, column], rows, columns) {
  /** @type {Record<string, [number, number]>} */
  const steps = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [row, 0],
    End: [row, columns - 1],
  };
  const to = steps[key];
  return to ? [clamp(to[0], rows), clamp(to[1], columns)] : null;
}

/** Nearest place on an axis. @param {number} place @param {number} count of places */
export function clamp(place, count) {
  return Math.max(0, Math.min(count - 1, place));
}
