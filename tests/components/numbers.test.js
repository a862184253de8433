import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatLike,
  formatNumber,
  formatPercent,
  formatShort,
  formatWhole,
} from "../../playground/components/shared/numbers.js";

/** @type {[number, string][]} */
const NUMBERS = [
  [0, "0"],
  [0.83124, "0.8312"],
  [-12.4, "−12.40"],
  [1234.56, "1235"],
  [0.00012346, "0.0001235"],
  [9.9999999, "10.000"],
  [3.14159e-8, "3.142·10⁻⁸"],
  [-2.5e9, "−2.500·10⁹"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "∞"],
  [Number.NEGATIVE_INFINITY, "−∞"],
];

for (const [value, text] of NUMBERS) {
  test(`${value} has four digits and a true minus`, () => {
    assert.equal(formatNumber(value), text);
    if (/^[−\d.]+$/.test(text)) assert.ok(Math.abs(Number(text.replace("−", "-")) - value) <= 1e-3 * Math.abs(value));
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
