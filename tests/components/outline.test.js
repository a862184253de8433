import assert from "node:assert/strict";
import { test } from "node:test";
import { outline } from "../../playground/components/map_board/outline.js";
import { makeRandom } from "./random.js";

const random = makeRandom(3);

/** Number of edges of a cell's length in a path. @param {string} path */
function edges(path) {
  return [...path.matchAll(/[hv](\d+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
}

test("a rectangle has four lines around it", () => {
  const marks = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0];
  assert.equal(outline(marks, 3, 4), "M1 1h2M1 3h2M1 1v2M3 1v2");
});

test("nothing marked is no line, and everything marked is the border", () => {
  assert.equal(outline(new Uint8Array(12), 3, 4), "");
  assert.equal(outline(new Uint8Array(12).fill(1), 3, 4), "M0 0h4M0 3h4M0 0v3M4 0v3");
});

test("each side between a marked cell and another has a line", () => {
  for (let round = 0; round < 50; round++) {
    const [rows, columns] = [random(1, 6), random(1, 6)];
    const marks = Array.from({ length: rows * columns }, () => random(0, 1));
    const at = (/** @type {number} */ row, /** @type {number} */ column) =>
      row < 0 || row >= rows || column < 0 || column >= columns ? 0 : marks[row * columns + column];
    let expected = 0;
    for (let row = 0; row <= rows; row++) {
      for (let column = 0; column <= columns; column++) {
        expected += Number(at(row, column) !== at(row - 1, column));
        expected += Number(at(row, column) !== at(row, column - 1));
      }
    }
    assert.equal(edges(outline(marks, rows, columns)), expected);
  }
});
