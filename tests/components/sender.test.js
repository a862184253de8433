import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makeSender } from "../../playground/components/drawing_pad/sender.js";

/** @param {number} [revision] */
function open(revision) {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {number[]} */
  const sent = [];
  /** @type {boolean[]} */
  const silences = [];
  return {
    sent,
    silences,
    sender: makeSender(
      (number) => sent.push(number),
      (silent) => silences.push(silent),
      revision,
    ),
  };
}

test("one drawing is in flight, and a lost answer does not stop the pad", (t) => {
  t.after(() => mock.timers.reset());
  const { sent, sender } = open();
  sender.changed();
  sender.changed();
  sender.changed();
  assert.deepEqual(sent, [1]);
  sender.acknowledged(0);
  assert.deepEqual(sent, [1]);
  sender.acknowledged(1);
  assert.deepEqual(sent, [1, 3], "the drawing of that moment, after three changes");
  sender.acknowledged(3);
  sender.changed();
  sender.changed();
  assert.deepEqual(sent, [1, 3, 4]);
  mock.timers.tick(10_000);
  assert.deepEqual(sent, [1, 3, 4, 5]);
  sender.acknowledged(5);
  sender.agree(5);
  assert.deepEqual(sent, [1, 3, 4, 5]);
  // A restarted server, and one that has a drawing from an earlier pad.
  sender.agree(0);
  assert.deepEqual(sent, [1, 3, 4, 5, 5]);
  sender.lost();
  sender.acknowledged(5);
  sender.agree(41);
  assert.deepEqual(sent, [1, 3, 4, 5, 5, 5, 42]);
});

test("the visitor is told of a long silence, and that it is over", (t) => {
  t.after(() => mock.timers.reset());
  const { sender, silences } = open(7);
  sender.changed();
  mock.timers.tick(14_000);
  assert.deepEqual(silences, []);
  mock.timers.tick(2_000);
  assert.deepEqual(silences, [true]);
  sender.acknowledged(8);
  assert.deepEqual(silences, [true, false]);
  mock.timers.tick(60_000);
  assert.deepEqual(silences, [true, false]);
});

test("nothing is sent after the pad is gone", (t) => {
  t.after(() => mock.timers.reset());
  const { sender, sent, silences } = open();
  sender.changed();
  sender.changed();
  sender.stop();
  mock.timers.tick(60_000);
  assert.deepEqual([sent, silences], [[1], []]);
});
