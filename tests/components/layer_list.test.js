// Texts of a layer's options, and the drawing of its output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rectangles } from "../../playground/components/layer_list/miniature.js";
import { moved, read, written } from "../../playground/components/layer_list/options.js";

/** @import { OptionType } from "../../playground/components/layer_list/options.js" */

/** @param {Partial<OptionType>} more @returns {OptionType} */
const option = (more) => ({
  name: "n",
  form: "whole",
  default: 1,
  low: 1,
  high: 16,
  choices: [],
  inferred: false,
  ...more,
});

test("a whole number in range is read", () => {
  for (const [text, value] of /** @type {const} */ ([
    ["6", 6],
    [" 16 ", 16],
    ["0", null],
    ["17", null],
    ["2.5", null],
    ["", null],
    ["x", null],
    ["-1", null],
  ]))
    assert.equal(read(option({}), text), value, text);
});

test("a pair is read from one number or two", () => {
  const pair = option({ form: "pair", default: [1, 1] });
  assert.deepEqual(read(pair, "5"), [5, 5]);
  for (const text of ["5x3", "5 × 3", "5, 3"]) assert.deepEqual(read(pair, text), [5, 3], text);
  for (const text of ["5x", "5x3x2", "5x99", ""]) assert.equal(read(pair, text), null, text);
});

test("a real number may have a decimal comma", () => {
  const real = option({ form: "real", default: 0.5, low: 0, high: 1 });
  assert.equal(read(real, "0,25"), 0.25);
  assert.equal(read(real, "1e-5"), 1e-5);
  for (const text of ["", "2", "NaN", "a"]) assert.equal(read(real, text), null, text);
});

test("an empty text leaves an inferred option to the playground", () => {
  assert.equal(read(option({ inferred: true, default: 0, low: 0 }), ""), 0);
  const stride = option({ form: "pair", inferred: true, default: [0, 0], low: 0 });
  assert.deepEqual(read(stride, " "), [0, 0]);
  assert.equal(written(stride, [0, 0]), "");
});

test("what is written is read again", () => {
  const pair = option({ form: "pair", default: [1, 1] });
  for (const value of /** @type {[number, number][]} */ ([
    [5, 5],
    [5, 3],
  ]))
    assert.deepEqual(read(pair, written(pair, value)), value);
  assert.equal(read(option({}), written(option({}), 7)), 7);
});

test("an arrow moves a value by one and stays in range", () => {
  assert.equal(moved(option({}), 5, 1), 6);
  assert.equal(moved(option({}), 1, -1), 1);
  assert.deepEqual(moved(option({ form: "pair" }), [16, 3], 1), [16, 4]);
});

test("a drawing stays in its square", () => {
  for (const sizes of [[1, 32, 32], [512, 1, 1], [6, 28, 3], [16, 64, 64], [10], [4096], []]) {
    const found = rectangles(sizes);
    assert.equal(found.length > 0, sizes.length > 0);
    for (const { x, y, width, height } of found) {
      assert.ok(x >= 0 && y >= 0 && x + width <= 36 && y + height <= 36, String(sizes));
    }
  }
});
