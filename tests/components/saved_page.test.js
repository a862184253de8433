// Cutting a unit's weights out of the parameters, and the index of an entry, on the page of a saved iteration.

import assert from "node:assert/strict";
import { test } from "node:test";
import { indexOf } from "../../playground/export/parameters.js";
import { cutOut, unitOf } from "../../playground/export/units.js";

test("the index of an entry is that of the parameter's axes", () => {
  const shape = [6, 2, 3, 5];
  const found = Array.from({ length: 30 }, (_, place) => indexOf(place, 4, shape));
  assert.equal(found[0], "[4, 0, 0, 0]");
  assert.equal(found[7], "[4, 0, 1, 2]");
  assert.equal(found[29], "[4, 1, 2, 4]");
  assert.equal(new Set(found).size, 30);
  assert.equal(indexOf(3, 2, [10, 84]), "[2, 3]");
});

test("blocks are cut out of a parameter", () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, place) => place);
  const cut = { parameter: 0, part: "before", offset: 4, block: 2, stride: 8, count: 3 };
  assert.deepEqual([...cutOut(bytes, cut)], [4, 5, 12, 13, 20, 21]);
});

test("a unit has its cuts, what is only its own, and nothing for the rest", () => {
  const cut = { parameter: 1, part: "after", offset: 0, block: 4, stride: 0, count: 1 };
  const opened = { layer: "fc1", channel: 2 };
  const given = /** @type {any} */ ({
    page: { units: { "fc1-2": { opened, facts: null, cuts: { after_bias: cut } } } },
    "parameter-1-after": Uint8Array.of(1, 2, 3, 4, 5),
    "unit-fc1-2-onward": Uint8Array.of(9),
  });
  const unit = unitOf(given, "fc1", 2);
  assert.deepEqual(unit.opened, opened);
  assert.deepEqual(unit.after_bias, Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(unit.onward, Uint8Array.of(9));
  assert.deepEqual(unit.kernel, new Uint8Array());
});
