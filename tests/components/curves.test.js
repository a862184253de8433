/** @import { Evaluation } from "../../playground/components/training_view/curves.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAxis, rangeOf, roundNumbers, roundPowers } from "../../playground/components/training_view/axis.js";
import { MOST, makeCurves, nearest, runningMean } from "../../playground/components/training_view/curves.js";
import { duration, secondsLeft } from "../../playground/components/training_view/progress.js";

/** @param {number} from @param {number} to */
function steps(from, to) {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index + 1);
  const half = numbers.map((step) => step / 2);
  return { steps: numbers, loss: half, accuracy: half, lr: half, seconds: numbers };
}

test("round numbers lie between the ends, at distances of 1, 2 or 5", () => {
  assert.deepEqual(roundNumbers(0, 1, 5), [0, 0.5, 1]);
  assert.deepEqual(roundNumbers(0, 470, 5), [0, 200, 400]);
  assert.deepEqual(roundNumbers(0.9, 1, 6), [0.9, 0.92, 0.94, 0.96, 0.98, 1]);
  assert.deepEqual(roundNumbers(0.1, 0.3, 3), [0.1, 0.2, 0.3]);
});

test("a logarithmic axis has powers of ten, and finer numbers where there are too few", () => {
  assert.deepEqual(roundPowers(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
  assert.deepEqual(roundPowers(0.2, 3), [0.2, 0.5, 1, 2]);
  const axis = makeAxis(0.01, 100, 200, 0, { log: true });
  assert.equal(Math.round(axis.place(1)), 100);
  assert.ok(Number.isNaN(axis.place(0)));
});

test("a linear axis places its ends", () => {
  const axis = makeAxis(0, 10, 40, 240);
  assert.equal(axis.place(0), 40);
  assert.equal(axis.place(10), 240);
  assert.equal(axis.place(5), 140);
});

test("a range leaves out NaN, infinity and, where asked, what is not positive", () => {
  const values = [[3, Number.NaN, -1], new Float32Array([0, Number.POSITIVE_INFINITY])];
  assert.deepEqual(rangeOf(values), [-1, 3]);
  assert.deepEqual(rangeOf(values, true), [3, 3]);
  assert.equal(rangeOf([[Number.NaN]]), null);
});

test("answers are added one after the other", () => {
  const curves = makeCurves();
  curves.add(0, steps(0, 10), 0, []);
  curves.add(10, steps(10, 12), 0, []);
  assert.deepEqual(curves.columns.steps.slice(-3), [10, 11, 12]);
  assert.deepEqual(curves.columns.loss.slice(-3), [5, 5.5, 6]);
  assert.equal(curves.last(), 12);
});

test("a resumed run's numbers replace those after its checkpoint", () => {
  const curves = makeCurves();
  curves.add(0, steps(0, 100), 0, []);
  curves.add(64, { ...steps(64, 66), loss: [7, 8] }, 0, []);
  assert.equal(curves.last(), 66);
  assert.deepEqual(curves.columns.loss.slice(-3), [32, 7, 8]);
});

test("evaluations replace those that the answer sends again", () => {
  const curves = makeCurves();
  const one = /** @type {Evaluation} */ ({ step: 10, loss: 1 });
  const two = /** @type {Evaluation} */ ({ step: 20, loss: 2 });
  curves.add(0, steps(0, 0), 0, [one, two]);
  curves.add(0, steps(0, 0), 1, [one]);
  assert.deepEqual(curves.evaluations, [one, one]);
});

test("many points are joined to means, and the last stays the last", () => {
  const curves = makeCurves();
  curves.add(0, steps(0, MOST + 1), 0, []);
  const { columns } = curves;
  assert.equal(columns.steps.length, MOST / 2 + 1);
  assert.equal(columns.steps[0], 2);
  assert.equal(columns.loss[0], (0.5 + 1) / 2);
  assert.equal(curves.last(), MOST + 1);
  for (const values of Object.values(columns)) assert.equal(values.length, columns.steps.length);
});

test("a running mean averages the values so far, then the last ones", () => {
  assert.deepEqual(runningMean([1, 3, 5, 7], 2), [1, 2, 4, 6]);
  assert.deepEqual(runningMean([4], 9), [4]);
});

test("the nearest value is found by halving", () => {
  const values = [1, 4, 9, 16];
  for (const [wanted, index] of [
    [0, 0],
    [2, 0],
    [3, 1],
    [9, 2],
    [12, 2],
    [13, 3],
    [99, 3],
  ]) {
    assert.equal(nearest(values, wanted), index, String(wanted));
  }
  assert.equal(nearest([], 1), -1);
});

test("time left follows the pace so far", () => {
  const standing = { state: "running", message: "", place: 0, perEpoch: 10, accuracy: null };
  assert.equal(secondsLeft({ ...standing, done: 10, steps: 40, seconds: 2 }), 6);
  assert.equal(secondsLeft({ ...standing, done: 0, steps: 40, seconds: 0 }), null);
});

test("durations are written in two units at most", () => {
  const text = { seconds: "{seconds} s", minutes: "{minutes} min {seconds} s", hours: "{hours} h {minutes} min" };
  assert.equal(duration(3.21, text), "3.2 s");
  assert.equal(duration(59.2, text), "59 s");
  assert.equal(duration(200, text), "3 min 20 s");
  assert.equal(duration(3900, text), "1 h 5 min");
});
