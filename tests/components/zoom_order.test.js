import assert from "node:assert/strict";
import { test } from "node:test";
import { inPlaces, placesBySize } from "../../playground/components/network_view/zoom_order.js";
import { lenet } from "./layers.js";

const layers = lenet();
const [pool2, fc1, conv2, pool1] = ["pool2", "fc1", "conv2", "pool1"].map(
  (name) => /** @type {typeof layers[0]} */ (layers.find((layer) => layer.name === name)),
);
const pair = {
  source: "pool2",
  target: "fc1",
  from: Int16Array.of(9, 3, 4, 12),
  to: Int16Array.of(5, 5, 2, 5),
  values: Float32Array.of(-4, 3, 2, 1),
};
const shown = [{ pair, source: pool2, target: fc1, back: false }];

test("of many sources, those with the largest contributions come first, then the others by number", () => {
  const places = placesBySize(fc1, 5, { layer: pool2, first: 0, count: 16 }, shown);
  assert.ok(places);
  assert.deepEqual(inPlaces([...places.keys()], places), [9, 3, 12, 0, 1, 2, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15]);
});

test("few sources, and those without edges, are in the order of their numbers", () => {
  assert.equal(placesBySize(conv2, 5, { layer: pool1, first: 0, count: 6 }, shown), null);
  assert.equal(placesBySize(conv2, 5, { layer: pool1, first: 0, count: 16 }, shown), null);
  assert.deepEqual(inPlaces(["a", "b"], null), ["a", "b"]);
});
