import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  formatLike,
  formatNumber,
  formatPercent,
  formatShort,
  formatWhole,
} from "../../playground/components/shared/numbers.js";

const CASES = JSON.parse(readFileSync(new URL("../numbers.json", import.meta.url), "utf-8"));

for (const [value, digits, text] of CASES) {
  test(`${value} with ${digits} digits is ${text}, as in Python`, () => {
    assert.equal(formatNumber(Number(value), digits), text);
  });
}

for (const [share, text] of /** @type {[number, string][]} */ ([
  [0, "0.0"],
  [1, "100.0"],
  [0.98234, "98.2"],
  [1e-5, "<0.1"],
  [0.99999, ">99.9"],
])) {
  test(`a percentage never claims certainty: ${share}`, () => assert.equal(formatPercent(share), text));
}

test("numbers of a sum have the decimals that give its result four digits", () => {
  assert.equal(formatLike(12.34567)(1 / 3), "0.33");
  assert.equal(formatLike(0.0123456)(-1 / 3), "−0.33333");
  assert.equal(formatLike(0)(0), "0.0000");
  assert.equal(formatLike(1e7)(3.14159e-8), formatNumber(3.14159e-8));
  assert.equal(formatLike(-6.521e-5)(-6.521e-5), formatNumber(-6.521e-5));
  assert.equal(formatLike(3e-9)(-1.25e-9), formatNumber(-1.25e-9));
  assert.equal(formatLike(0.0001)(0.00004), "0.0000400");
  assert.equal(formatLike(1)(Number.NaN), "NaN");
});

test("a small table's cell is short, and 0 only for a true zero", () => {
  assert.deepEqual([0, 1e-9, -1e-9, 4.7123, 47.123, 471.23, -2].map(formatShort), [
    "0",
    "0.00",
    "−0.00",
    "4.71",
    "47.1",
    "471",
    "−2.00",
  ]);
  for (const value of [0.004, 0.0051, 12.34, 999.4]) assert.ok(formatShort(-value).startsWith("−"));
});

test("whole numbers have a true minus", () => assert.deepEqual([-2, 0, 3].map(formatWhole), ["−2", "0", "3"]));
