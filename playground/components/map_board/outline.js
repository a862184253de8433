// Outline of marked cells as an SVG path; a pure function of the marks.

/**
 * Lines between marked cells and all others, in units of a cell; neighbouring pieces of a line are joined.
 *
 * @param {ArrayLike<number>} marks rows × columns, not 0 for a marked cell
 * @param {number} rows
 * @param {number} columns
 * @returns {string} "" if no cell is marked
 */
export function outline(marks, rows, columns) {
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 && row < rows && column >= 0 && column < columns && marks[row * columns + column] ? 1 : 0;
  return (
    lines(rows, columns, (line, place) => at(line - 1, place) !== at(line, place), "h") +
    lines(columns, rows, (line, place) => at(place, line - 1) !== at(place, line), "v")
  );
}

/**
 * @param {number} count of cells across the lines
 * @param {number} length of a line in cells
 * @param {(line: number, place: number) => boolean} drawn
 * @param {"h" | "v"} direction
 */
function lines(count, length, drawn, direction) {
  let path = "";
  for (let line = 0; line <= count; line++) {
    for (let place = 0; place < length; place++) {
      if (!drawn(line, place)) continue;
      const start = place;
      while (place + 1 < length && drawn(line, place + 1)) place++;
      const from = direction === "h" ? `${start} ${line}` : `${line} ${start}`;
      path += `M${from}${direction}${place + 1 - start}`;
    }
  }
  return path;
}

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

/** @param {number} place @param {number} count */
function clamp(place, count) {
  return Math.max(0, Math.min(count - 1, place));
}
