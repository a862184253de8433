import assert from "node:assert/strict";
import { test } from "node:test";
import { cellOf, indexAt, placeOfNumber, tilesOf } from "../../playground/components/tensor_cards/tiles.js";
import { makeRandom } from "./random.js";

const random = makeRandom(1);
const SHAPES = [[], [1], [10], [84], [300], [5, 5], [120, 400], [1, 28, 28], [6, 1, 5, 5], [16, 6, 5, 5], [1, 1, 1, 1]];
const SOME = Array.from({ length: 40 }, () => Array.from({ length: random(1, 5) }, () => random(1, 9)));

for (const shape of [...SHAPES, ...SOME]) {
  test(`each number of ${JSON.stringify(shape)} has a cell of its own, which leads back to it`, () => {
    const tiles = tilesOf(shape);
    const count = shape.reduce((product, length) => product * length, 1);
    const seen = new Set();
    for (let index = 0; index < count; index++) {
      const { x, y } = cellOf(tiles, index);
      assert.ok(x >= 0 && x < tiles.width && y >= 0 && y < tiles.height, `${index}: ${x}, ${y}`);
      seen.add(y * tiles.width + x);
      assert.equal(indexAt(tiles, x, y, count), index);
    }
    assert.equal(seen.size, count);
    for (let y = -1; y <= tiles.height; y++) {
      for (let x = -1; x <= tiles.width; x++) {
        if (!seen.has(y * tiles.width + x) || x < 0 || x >= tiles.width) assert.equal(indexAt(tiles, x, y, count), -1);
      }
    }
  });
}

test("a number is named by its indices", () => {
  const shape = [2, 3, 4];
  let index = 0;
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 3; b++) {
      for (let c = 0; c < 4; c++, index++) assert.equal(placeOfNumber(index, shape), `[${a}, ${b}, ${c}]`);
    }
  }
  assert.equal(placeOfNumber(0, []), "[]");
});
