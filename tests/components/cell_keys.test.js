// Keys that lead from cell to cell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stepTo } from "../../playground/components/shared/cell_keys.js";

test("keys move within the map", () => {
  assert.deepEqual(stepTo("ArrowDown", [1, 2], 3, 4), [2, 2]);
  assert.deepEqual(stepTo("ArrowDown", [2, 2], 3, 4), [2, 2]);
  assert.deepEqual(stepTo("ArrowLeft", [0, 0], 3, 4), [0, 0]);
  assert.deepEqual(stepTo("End", [1, 0], 3, 4), [1, 3]);
  assert.deepEqual(stepTo("Home", [1, 3], 3, 4), [1, 0]);
  assert.equal(stepTo("a", [1, 3], 3, 4), null);
});
