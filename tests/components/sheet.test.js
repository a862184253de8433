/** @import { Base, History, Limits, Sheet, Stroke } from "../../playground/components/drawing_pad/sheet.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addPoint,
  commit,
  countPoints,
  EMPTY_SHEET,
  extentOf,
  groundOf,
  isBlank,
  isOpening,
  readBase,
  readSheet,
  redo,
  toDocument,
  undo,
  withStroke,
} from "../../playground/components/drawing_pad/sheet.js";
import { makeRandom } from "./random.js";

/** @type {Limits} */
const LIMITS = { points: 100, strokes: 10, side: 32 };

/** @param {number[]} points @returns {Stroke} */
const strokeOf = (...points) => ({ tool: "pen", width: 0.09, points });

/** @param {Partial<Base>} own @returns {Base} */
const baseOf = (own = {}) => ({ id: "b", side: 2, pixels: "AAAAAA==", caption: "", example: false, ...own });

test("a point that adds nothing to see is left out, unless the stroke ends there", () => {
  const stroke = strokeOf();
  assert.ok(addPoint(stroke, 0.5, 0.5));
  assert.ok(!addPoint(stroke, 0.501, 0.5));
  assert.ok(addPoint(stroke, 0.501, 0.5, true));
  assert.ok(!addPoint(stroke, 0.501, 0.5, true), "the same point");
  assert.ok(addPoint(stroke, 0.51, 0.5));
  assert.deepEqual(stroke.points, [0.5, 0.5, 0.501, 0.5, 0.51, 0.5]);
});

test("a stroke leaves the pad only so far, in steps that JSON keeps short", () => {
  const stroke = strokeOf();
  addPoint(stroke, -7, 9);
  addPoint(stroke, 1 / 3, 2 / 3);
  assert.deepEqual(stroke.points, [-1, 2, 0.3333, 0.6667]);
});

test("the extent is the longer side of the bounding box", () => {
  assert.equal(extentOf(strokeOf(0.2, 0.2)), 0);
  assert.ok(Math.abs(extentOf(strokeOf(0.2, 0.2, 0.5, 0.3, 0.1, 0.9)) - 0.7) < 1e-12);
});

test("undo and redo walk through all steps, and a change ends the way forward", () => {
  /** @type {History} */
  let history = { past: [], sheet: EMPTY_SHEET, future: [] };
  const random = makeRandom(5);
  /** @type {Sheet[]} */
  let steps = [EMPTY_SHEET];
  let at = 0;
  for (let turn = 0; turn < 500; turn++) {
    const action = random(0, 3);
    if (action === 0) {
      history = undo(history);
      at = Math.max(0, at - 1);
    } else if (action === 1) {
      history = redo(history);
      at = Math.min(steps.length - 1, at + 1);
    } else {
      const sheet = withStroke(history.sheet, strokeOf(random(0, 9) / 10, 0.5));
      history = commit(history, sheet);
      steps = [...steps.slice(0, at + 1), sheet];
      at += 1;
    }
    if (steps.length > 201) {
      steps = steps.slice(-201); // back to the limit of undo
      at = steps.length - 1;
    }
    assert.equal(history.sheet, steps[at]);
  }
});

test("the pen makes room for itself on an example, the eraser doesn't", () => {
  const sheet = { base: baseOf({ example: true }), strokes: [] };
  assert.equal(groundOf(sheet, false, null), EMPTY_SHEET);
  assert.equal(groundOf(sheet, true, null), sheet);
  const own = { base: baseOf(), strokes: [] };
  assert.equal(groundOf(own, false, null), own);
  assert.ok(isBlank(EMPTY_SHEET) && !isBlank(own));
});

test("what was kept is read as it was", () => {
  const sheet = {
    base: baseOf(),
    strokes: [strokeOf(0.1, 0.2, 0.3, 0.4), { ...strokeOf(0, 0), tool: /** @type {const} */ ("eraser") }],
  };
  assert.deepEqual(readSheet(JSON.parse(JSON.stringify(sheet)), LIMITS), sheet);
  assert.equal(countPoints(sheet), 3);
  const { id, side, pixels } = baseOf();
  assert.deepEqual(toDocument(sheet, 4), { revision: 4, base: { id, side, pixels }, strokes: sheet.strokes });
});

const JUNK = [
  null,
  7,
  "sheet",
  [],
  {},
  { base: null },
  { base: null, strokes: [null] },
  { base: null, strokes: [{ ...strokeOf(0, 0), tool: "brush" }] },
  { base: null, strokes: [{ ...strokeOf(0, 0), width: 0 }] },
  { base: null, strokes: [{ ...strokeOf(0, 0), width: Number.NaN }] },
  { base: null, strokes: [strokeOf()] },
  { base: null, strokes: [strokeOf(1)] },
  { base: null, strokes: [strokeOf(0, 2.5)] },
  { base: null, strokes: [{ ...strokeOf(), points: ["0", "0"] }] },
  { base: null, strokes: Array.from({ length: 11 }, () => strokeOf(0, 0)) },
  { base: null, strokes: [strokeOf(...Array.from({ length: 202 }, () => 0))] },
  { base: { ...baseOf(), side: 33 }, strokes: [] },
  { strokes: [] },
];

for (const junk of JUNK) {
  test(`not a sheet: ${JSON.stringify(junk)?.slice(0, 60)}`, () => assert.equal(readSheet(junk, LIMITS), null));
}

test("a base has as many pixels as its side says", () => {
  assert.deepEqual(readBase(baseOf(), LIMITS), baseOf());
  for (const own of [{ side: 3 }, { side: 0 }, { side: 1.5 }, { pixels: "????????" }, { pixels: "AAAA====" }]) {
    assert.equal(readBase(baseOf(own), LIMITS), null, JSON.stringify(own));
  }
  assert.equal(readBase({ ...baseOf(), example: "yes" }, LIMITS), null);
});

test("the stroke with which a visit opens makes room for the visitor's first one", () => {
  const points = [0.1, 0.2, 0.3, 0.4];
  const opened = { base: null, strokes: [{ tool: /** @type {const} */ ("pen"), width: 0.09, points }] };
  assert.ok(isOpening(opened, points));
  assert.equal(groundOf(opened, false, points), EMPTY_SHEET);
  assert.equal(groundOf(opened, true, points), opened, "the eraser works on it");
  assert.equal(groundOf(opened, false, null), opened);
  const longer = { base: null, strokes: [...opened.strokes, ...opened.strokes] };
  assert.equal(groundOf(longer, false, points), longer);
  assert.ok(!isOpening(opened, [0.1, 0.2, 0.3, 0.5]));
});
