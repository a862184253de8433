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
