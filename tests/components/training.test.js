import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOf } from "../../playground/components/run_timeline/run_timeline.js";
import { announce, changes, stepsOf } from "../../playground/components/shared/run_steps.js";
import { topOf } from "../../playground/components/training_view/plot.js";
import { commandsOf } from "../../playground/components/training_view/progress.js";

test("a run is offered what it can obey", () => {
  assert.deepEqual(commandsOf({ state: "running", resumable: false }), ["pause", "stop"]);
  assert.deepEqual(commandsOf({ state: "paused", resumable: true }), ["go_on", "stop"]);
  assert.deepEqual(commandsOf({ state: "stopping", resumable: false }), []);
  for (const state of ["interrupted", "failed"]) {
    assert.deepEqual(commandsOf({ state, resumable: true }), ["go_on"]);
  }
  assert.deepEqual(commandsOf({ state: "failed", resumable: false }), [], "a run that diverged");
  assert.deepEqual(commandsOf({ state: "ended", resumable: false }), []);
});

test("an axis ends at the largest value, unless the loss has exploded", () => {
  assert.equal(topOf([{ y: [2.3, 0.1] }], 2.3), 2.3);
  assert.equal(topOf([{ y: [2.3, 40] }], 40), 40);
  assert.equal(topOf([{ y: [2, 1e19] }, { y: [Number.NaN] }], 1e19), 10);
  assert.equal(topOf([{ y: [0, 7] }], 7), 7);
  assert.equal(topOf([], 1), 1);
});

test("a run's newer checkpoints are announced once", () => {
  let heard = 0;
  changes.addEventListener("change", () => heard++);
  assert.deepEqual(stepsOf("a"), []);
  announce("a", []);
  assert.equal(heard, 0);
  announce("a", [0, 1]);
  announce("a", [0, 1]);
  announce("b", [0, 1, 2]);
  assert.equal(heard, 2);
  assert.deepEqual(stepsOf("a"), [0, 1]);
});

test("a moment is said with its epoch, the first one by name", () => {
  const text = { start: "the start", moment: "step {step}, epoch {epoch}" };
  assert.equal(wordsOf(0, 430, text), "the start");
  assert.equal(wordsOf(43, 430, text), "step 43, epoch 0.1");
});
