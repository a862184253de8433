/** @import { Pointer } from "../../playground/components/drawing_pad/pointers.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makePointers } from "../../playground/components/drawing_pad/pointers.js";

/** @param {string} type @param {number} id @param {number} at @param {number} [size] @returns {Pointer} */
const pointer = (type, id, at, size = 20) => ({
  pointerId: id,
  pointerType: type,
  width: size,
  height: size,
  timeStamp: at,
});

test("a mouse, a pen and a finger draw", () => {
  for (const type of ["mouse", "pen", "touch"]) {
    const pointers = makePointers();
    const one = pointer(type, 1, 0);
    assert.equal(pointers.down(one, Infinity), "draw");
    pointers.take(one);
    assert.ok(pointers.draws(1) && pointers.isDrawing() && !pointers.draws(2));
    assert.equal(pointers.up(one, 0.5, false), "keep");
    assert.ok(!pointers.isDrawing());
  }
});

test("a pen takes the place of the palm that was there first", () => {
  const pointers = makePointers();
  const palm = pointer("touch", 1, 0, 80);
  pointers.take(palm);
  pointers.down(palm, Infinity);
  assert.equal(pointers.down(pointer("pen", 2, 50), 0.4), "replace");
});

test("for a while after a pen, touches are the hand that holds it", () => {
  const pointers = makePointers();
  pointers.seen(pointer("pen", 1, 1000));
  assert.equal(pointers.down(pointer("touch", 2, 5000), Infinity), "ignore");
  pointers.up(pointer("touch", 2, 5100), Infinity, false);
  assert.equal(pointers.down(pointer("touch", 3, 12_000), Infinity), "draw");
});

test("a second finger makes a gesture of a stroke that has just begun, until all are up", () => {
  const pointers = makePointers();
  const [first, second, third] = [1, 2, 3].map((id) => pointer("touch", id, id));
  assert.equal(pointers.down(first, Infinity), "draw");
  pointers.take(first);
  assert.equal(pointers.down(second, 0.05), "drop");
  assert.equal(pointers.down(third, Infinity), "ignore");
  for (const one of [first, second, third]) assert.equal(pointers.up(one, 0, false), "keep");
  assert.equal(pointers.down(pointer("touch", 4, 9), Infinity), "draw");
});

test("a second finger doesn't end a stroke that is well under way", () => {
  const pointers = makePointers();
  const first = pointer("touch", 1, 0);
  pointers.down(first, Infinity);
  pointers.take(first);
  assert.equal(pointers.down(pointer("touch", 2, 1), 0.5), "ignore");
  assert.ok(pointers.draws(1));
});

test("a tap is a dot, unless it is as wide as a palm or the system cancels it", () => {
  for (const [size, cancelled, fate] of /** @type {[number, boolean, string][]} */ ([
    [20, false, "dot"],
    [80, false, "drop"],
    [20, true, "drop"],
  ])) {
    const pointers = makePointers();
    const one = pointer("touch", 1, 0, size);
    pointers.down(one, Infinity);
    pointers.take(one);
    assert.equal(pointers.up(one, 0.01, cancelled), fate);
  }
});

test("a pointer whose stroke has ended otherwise leaves nothing more", () => {
  const pointers = makePointers();
  const one = pointer("mouse", 1, 0);
  pointers.down(one, Infinity);
  pointers.take(one);
  pointers.release();
  assert.equal(pointers.up(one, 0, false), "keep");
});
