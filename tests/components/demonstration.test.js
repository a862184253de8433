import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makeDemonstration } from "../../playground/components/drawing_pad/demonstration.js";

const POINTS = Array.from({ length: 40 }, (_, index) => index / 40);

/** Demonstration, and what it did. @param {boolean} takes whether the pad takes the stroke */
function open(takes = true) {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  mock.method(performance, "now", () => now);
  /** @type {(() => void)[]} */
  let due = [];
  /** @type {string[]} */
  const did = [];
  /** @type {number[]} */
  const drawn = [];
  const shown = makeDemonstration(
    POINTS,
    {
      begin: (x, y) => {
        did.push("begin");
        drawn.push(x, y);
        return takes;
      },
      extend: (path) => void drawn.push(...path.flat()),
      end: () => void did.push("end"),
      discard: () => void did.push("discard"),
    },
    (work) => due.push(work),
  );
  return {
    shown,
    did,
    drawn,
    /** @param {number} milliseconds */
    wait(milliseconds) {
      for (const end = now + milliseconds; now < end; ) {
        now += 20;
        mock.timers.tick(20);
        const works = due;
        due = [];
        for (const work of works) work();
      }
    },
  };
}

function over() {
  mock.timers.reset();
  mock.restoreAll();
}

test("it draws the whole stroke, point by point", (t) => {
  t.after(over);
  const { shown, did, drawn, wait } = open();
  wait(1500);
  assert.deepEqual(did, ["begin"]);
  assert.ok(drawn.length > 2 && drawn.length < POINTS.length);
  assert.ok(!shown.isOver());
  wait(3000);
  assert.deepEqual(did, ["begin", "end"]);
  assert.deepEqual(drawn, POINTS);
  assert.ok(shown.isOver());
});

test("a touch of the pad leaves nothing of it, one elsewhere the whole stroke", (t) => {
  t.after(over);
  for (const [end, last] of /** @type {["cancel" | "finish", string][]} */ ([
    ["cancel", "discard"],
    ["finish", "end"],
  ])) {
    const { shown, did, drawn, wait } = open();
    wait(1500);
    shown[end]();
    wait(3000);
    assert.deepEqual(did, ["begin", last]);
    assert.equal(drawn.length === POINTS.length, end === "finish");
    assert.ok(shown.isOver());
    over();
  }
});

test("before it begins, a touch keeps it from beginning", (t) => {
  t.after(over);
  for (const end of /** @type {const} */ (["cancel", "finish"])) {
    const { shown, did, wait } = open();
    shown[end]();
    wait(4000);
    assert.deepEqual(did, []);
    assert.ok(shown.isOver());
    over();
  }
});

test("a full pad is left alone", (t) => {
  t.after(over);
  const { shown, did, wait } = open(false);
  wait(4000);
  assert.deepEqual(did, ["begin"]);
  assert.ok(shown.isOver());
});
