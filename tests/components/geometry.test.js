/** @import { Arrow, Box } from "../../playground/components/graph_view/geometry.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fitAll,
  isShown,
  keepInside,
  LEAST_SCALE,
  MOST_SCALE,
  middleOf,
  neighbor,
  openingView,
  pathOf,
  reveal,
  zoomAt,
} from "../../playground/components/graph_view/geometry.js";
import { makeRandom } from "./random.js";

/** @param {number} x @param {number} y @returns {Box} */
const boxAt = (x, y) => ({
  id: `${x} ${y}`,
  label: "",
  sub: "",
  kind: "other",
  value: null,
  title: "",
  x,
  y,
  width: 100,
  height: 40,
});

/** @param {number} source @param {number} target @returns {Arrow} */
const arrow = (source, target) => ({ source, target, label: "", value: null, points: [] });

test("zooming keeps the point under the pointer, within the limits", () => {
  const random = makeRandom(3);
  for (let turn = 0; turn < 200; turn++) {
    const camera = { x: random(-500, 500), y: random(-500, 500), scale: random(2, 300) / 100 };
    const point = { x: random(0, 800), y: random(0, 600) };
    const zoomed = zoomAt(camera, random(1, 400) / 100, point);
    assert.ok(zoomed.scale >= LEAST_SCALE && zoomed.scale <= MOST_SCALE);
    for (const axis of /** @type {const} */ (["x", "y"])) {
      const before = (point[axis] - camera[axis]) / camera.scale;
      assert.ok(Math.abs((point[axis] - zoomed[axis]) / zoomed.scale - before) < 1e-6 * (1 + Math.abs(before)));
    }
  }
});

test("the whole drawing fits, in the middle", () => {
  for (const [across, down] of [
    [100, 100],
    [5000, 300],
    [300, 9000],
  ]) {
    const { x, y, scale } = fitAll([across, down], 800, 600);
    assert.ok(x >= 17.9 && y >= 17.9 && x + scale * across <= 782.1 && y + scale * down <= 582.1);
    assert.ok(Math.abs(2 * x + scale * across - 800) < 1e-9);
  }
});

test("a drawing that would be too small to read opens at its root", () => {
  const root = boxAt(2500, 40);
  const opening = openingView([5000, 9000], root, 800, 600);
  assert.ok(opening.scale >= 0.74);
  assert.ok(isShown(opening, root, 800, 600));
  assert.deepEqual(openingView([300, 300], boxAt(150, 20), 800, 600), fitAll([300, 300], 800, 600));
});

test("a box that is out of the window is brought in, one that is in it moves nothing", () => {
  const camera = { x: 0, y: 0, scale: 1 };
  assert.deepEqual(reveal(camera, boxAt(400, 300), 800, 600), camera);
  for (const box of [boxAt(-900, 300), boxAt(400, 4000), boxAt(3000, -50)]) {
    assert.ok(!isShown(camera, box, 800, 600));
    assert.ok(isShown(reveal(camera, box, 800, 600), box, 800, 600));
  }
});

test("a corner of the drawing always stays in the window", () => {
  const random = makeRandom(4);
  for (let turn = 0; turn < 100; turn++) {
    const scale = random(2, 300) / 100;
    const kept = keepInside({ x: random(-9999, 9999), y: random(-9999, 9999), scale }, [700, 500], 800, 600);
    assert.ok(kept.x <= 740 && kept.x + scale * 700 >= 60 - 1e-9);
    assert.ok(kept.y <= 540 && kept.y + scale * 500 >= 60 - 1e-9);
  }
});

test("keys lead down and up along the arrows, and to the sides in a rank", () => {
  //     0
  //   1   2
  //     3
  const boxes = [boxAt(200, 0), boxAt(100, 100), boxAt(320, 100), boxAt(200, 200)];
  const arrows = [arrow(0, 1), arrow(0, 2), arrow(1, 3), arrow(2, 3)];
  const go = (/** @type {string} */ key, /** @type {number} */ from) => neighbor(key, from, boxes, arrows);
  assert.deepEqual([go("ArrowDown", 0), go("ArrowDown", 1), go("ArrowDown", 3)], [1, 3, 3]);
  assert.deepEqual([go("ArrowUp", 3), go("ArrowUp", 2), go("ArrowUp", 0)], [1, 0, 0]);
  assert.deepEqual([go("ArrowRight", 1), go("ArrowLeft", 2), go("ArrowLeft", 1), go("ArrowRight", 0)], [2, 1, 1, 0]);
});

test("an arrow is a path of curves, and its middle lies on it", () => {
  const points = [0, 0, 0, 10, 0, 20, 0, 30];
  assert.equal(pathOf(points), "M0 0C0 10 0 20 0 30");
  assert.deepEqual(middleOf(points), { x: 0, y: 15 });
  assert.deepEqual(middleOf([...points, 0, 40, 0, 50, 0, 60]), { x: 0, y: 30 });
});
