import assert from "node:assert/strict";
import { test } from "node:test";
import { findBlocks } from "../../playground/components/network_view/blocks.js";
import {
  heldEdges,
  largestContribution,
  readEdges,
  reasonWithout,
  shownEdges,
} from "../../playground/components/network_view/edges.js";
import { lenet } from "./layers.js";

const layers = lenet();
const blocks = findBlocks(layers);
const byName = new Map(layers.map((layer) => [layer.name, layer]));

/** @param {string} name */
function find(name) {
  return /** @type {import("../../playground/components/network_view/network.js").Layer} */ (byName.get(name));
}

/** @param {import("../../playground/components/network_view/network.js").Layer} layer */
function blockOf(layer) {
  return /** @type {typeof blocks[0]} */ (blocks.find((block) => block.lead === layer || block.rest.includes(layer)));
}

/** Edges as Python packs them. @param {[string, string, [number, number, number][]][]} pairs source, target and (from, to, value) */
function sent(pairs) {
  const all = pairs.flatMap(([, , edges]) => edges);
  const values = new Uint8Array(Float32Array.from(all, ([, , value]) => value).buffer);
  const ends = [...all.map(([from]) => from), ...all.map(([, to]) => to)];
  return {
    edges: /** @type {[string, string, number][]} */ (
      pairs.map(([source, target, edges]) => [source, target, edges.length])
    ),
    values,
    units: new Uint8Array(Int16Array.from(ends).buffer),
  };
}

const FORWARD = readEdges(
  sent([
    [
      "input",
      "conv1",
      [
        [0, 2, 1.5],
        [0, 3, -0.5],
      ],
    ],
    [
      "pool1",
      "conv2",
      [
        [3, 7, 2],
        [2, 7, 1],
        [0, 7, 0.5],
        [1, 7, 0.25],
        [2, 5, 0.125],
      ],
    ],
    [
      "pool2",
      "fc1",
      [
        [7, 40, -3],
        [5, 41, 1],
      ],
    ],
    [
      "relu3",
      "fc2",
      [
        [40, 9, 4],
        [41, 8, 2],
      ],
    ],
    [
      "relu4",
      "fc3",
      [
        [9, 6, 8],
        [8, 6, -4],
        [8, 0, 1],
      ],
    ],
  ]),
);

test("edges are read as they were packed, also from bytes that begin anywhere", () => {
  assert.deepEqual(
    FORWARD.map(({ source, target, values }) => [source, target, values.length]),
    [
      ["input", "conv1", 2],
      ["pool1", "conv2", 5],
      ["pool2", "fc1", 2],
      ["relu3", "fc2", 2],
      ["relu4", "fc3", 3],
    ],
  );
  assert.deepEqual([...FORWARD[1].from], [3, 2, 0, 1, 2]);
  assert.deepEqual([...FORWARD[1].to], [7, 7, 7, 7, 5]);
  assert.deepEqual([...FORWARD[4].values], [8, -4, 1]);
  const { edges, values, units } = sent([["a", "b", [[1, 2, 3]]]]);
  const shifted = new Uint8Array([0, ...values]).subarray(1);
  assert.deepEqual([...readEdges({ edges, values: shifted, units })[0].values], [3]);
});

test("an edge is shown once its target is computed, and as the gradient's once that is back at its source", () => {
  const back = readEdges(sent([["pool2", "fc1", [[1, 2, 0.5]]]]));
  const names = () =>
    shownEdges(layers, { forward: FORWARD, backward: back, after: [] }).map(({ pair, back }) => [pair.target, back]);
  for (const layer of layers) layer.state = layer.index <= find("conv2").index ? "activation" : "none";
  assert.deepEqual(names(), [
    ["conv1", false],
    ["conv2", false],
  ]);
  for (const layer of layers) layer.state = layer.index >= find("fc1").index ? "gradient" : "activation";
  assert.deepEqual(names(), [
    ["conv1", false],
    ["conv2", false],
    ["fc1", false],
  ]);
  find("pool2").state = "gradient";
  assert.deepEqual(names(), [
    ["conv1", false],
    ["conv2", false],
    ["fc1", true],
  ]);
  for (const layer of layers) layer.state = "activation";
});

/** Targets and values of the edges that stand out. @param {string} layer @param {number} unit @param {number} branches */
function held(layer, unit, branches) {
  const found = heldEdges(
    blockOf(find(layer)),
    unit,
    shownEdges(layers, { forward: FORWARD, backward: [], after: [] }),
    blockOf,
    branches,
  );
  return [...found].flatMap(([pair, edges]) => [...edges].sort().map((edge) => [pair.target, pair.values[edge]]));
}

test("of a unit, the edges into it and out of it stand out, in whatever layer of its block it is", () => {
  for (const layer of ["conv1", "relu1", "pool1"])
    assert.deepEqual(held(layer, 2, 0), [
      ["conv1", 1.5],
      ["conv2", 1],
      ["conv2", 0.125],
    ]);
  assert.deepEqual(held("fc1", 41, 0), [
    ["fc1", 1],
    ["fc2", 2],
  ]);
  assert.deepEqual(held("fc2", 1, 0), []);
});

test("the largest contribution to a unit is that of its first edge", () => {
  const shown = shownEdges(layers, { forward: FORWARD, backward: [], after: [] });
  const [, conv2] = FORWARD;
  for (const name of ["conv2", "relu2", "pool2"]) {
    const found = largestContribution(blockOf(find(name)), 7, shown, blockOf);
    assert.deepEqual(found && [found.layer.name, found.unit, found.value], ["pool1", conv2.from[0], conv2.values[0]]);
  }
  assert.equal(largestContribution(blockOf(find("input")), 0, shown, blockOf), null);
  const back = readEdges(sent([["pool2", "fc1", [[1, 2, -0.5]]]]));
  find("pool2").state = "gradient";
  const edges = shownEdges(layers, { forward: [], backward: back, after: [] });
  const found = largestContribution(blockOf(find("pool2")), 1, edges, blockOf);
  assert.deepEqual(found && [found.layer.name, found.unit, found.value], ["fc1", 2, -0.5]);
  find("pool2").state = "activation";
});

test("where no edge says what a unit is made of, there is a reason", () => {
  const shown = shownEdges(layers, { forward: FORWARD, backward: [], after: [] });
  const reasons = { activation: { fc1: "weight" }, gradient: { conv1: "gradient" } };
  const reason = (/** @type {string} */ name, edges = shown) =>
    reasonWithout(blockOf(find(name)), edges, blockOf, layers, reasons);
  assert.equal(reason("relu2"), "zero", "other units of the layer have edges");
  assert.equal(reason("input"), "", "it isn't made of anything");
  assert.equal(reason("fc1", []), "weight");
  assert.equal(reason("fc2", []), "kind");
  find("pool2").state = find("conv2").state = find("input").state = "gradient";
  assert.equal(reason("input"), "gradient");
  assert.equal(reason("pool2"), "kind");
  const back = readEdges(sent([["pool2", "fc1", [[1, 2, -0.5]]]]));
  assert.equal(reason("pool2", shownEdges(layers, { forward: [], backward: back, after: [] })), "small");
  find("fc3").state = "gradient";
  assert.equal(reason("fc3"), "", "it comes from the loss");
  for (const name of ["pool2", "conv2", "input", "fc3"]) find(name).state = "activation";
});

test("of a class, the largest edges stand out all the way from the input", () => {
  assert.deepEqual(held("softmax", 6, 3), [
    ["conv1", 1.5],
    ["conv1", -0.5],
    ["conv2", 2],
    ["conv2", 1],
    ["conv2", 0.5],
    ["conv2", 0.125],
    ["fc1", -3],
    ["fc1", 1],
    ["fc2", 4],
    ["fc2", 2],
    ["fc3", 8],
    ["fc3", -4],
  ]);
  assert.deepEqual(held("fc3", 0, 1), [
    ["conv1", 1.5],
    ["conv2", 0.125],
    ["fc1", 1],
    ["fc2", 2],
    ["fc3", 1],
  ]);
});
