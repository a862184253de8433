import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween, edgeShare, shareOf, sweptCell } from "../../playground/components/network_view/changes.js";
import {
  edgesBetween,
  grownAt,
  missingAt,
  overlaysBetween,
  sceneAt,
  slideAt,
} from "../../playground/components/network_view/playback.js";
import {
  arrangeKernels,
  entryOfLevel,
  overlaysAt,
  readWeights,
} from "../../playground/components/network_view/weight_cells.js";
import { passedBy, spansOf } from "../../playground/components/step_view/pace.js";
import { lenet } from "./layers.js";

/** @import { Frame } from "../../playground/components/shared/frames.js" */

const layers = lenet();
for (const layer of layers) layer.gradient = layer.again = layer;
const names = layers.map(({ name }) => name);

/** @param {Partial<Frame>} own @returns {Frame} */
function frame(own) {
  return {
    ...{ number: 0, phase: "forward", activations: [], gradients: [], parameters: [], parameter: null, current: null },
    ...own,
  };
}

const start = frame({ activations: ["input"] });
const first = frame({ number: 1, activations: ["input", "conv1"] });
const whole = frame({ number: 2, phase: "step", activations: names, gradients: names.slice(1, -1) });
const end = frame({ number: 3, phase: "re-evaluate", activations: names, gradients: names.slice(1, -1) });

test("one layer has the whole way, several have their turns in the order in which they are computed", () => {
  assert.deepEqual(
    changesBetween(layers, start, first).map(({ layer, before, after, end }) => [layer.name, before, after, end]),
    [["conv1", "none", "activation", 1]],
  );
  const wave = changesBetween(layers, whole, end);
  assert.equal(wave.length, layers.length);
  assert.ok(wave.every(({ after }) => after === "again"));
  assert.equal(wave[0].begin, 0);
  assert.ok(Math.abs(wave[wave.length - 1].end - 1) < 1e-9);
  for (let index = 1; index < wave.length; index++) assert.ok(wave[index].begin > wave[index - 1].begin);
  const back = changesBetween(layers, frame({ activations: names }), whole);
  for (let index = 1; index < back.length; index++) assert.ok(back[index].begin < back[index - 1].begin);
  assert.deepEqual(changesBetween(layers, whole, whole), []);
});

test("at the ends of a way nothing of the change, and all of it, has come", () => {
  for (const change of [...changesBetween(layers, start, first), ...changesBetween(layers, whole, end)]) {
    assert.equal(shareOf(change, 0), 0);
    assert.ok(shareOf(change, 1) > 1 - 1e-9);
    assert.ok(edgeShare(change, 1) > 1 - 1e-9);
    let before = 0;
    for (let u = 0; u <= 1; u += 0.01) {
      assert.ok(shareOf(change, u) >= before);
      before = shareOf(change, u);
    }
  }
});

test("the window sweeps over each line of the map once, from the first to the last", () => {
  const layer = layers[1];
  const cells = Array.from({ length: 1000 }, (_, index) => sweptCell(layer, index / 1000));
  for (const { row, column } of cells) assert.ok(row >= 0 && row < layer.rows && column >= 0 && column < layer.columns);
  const rows = cells.map(({ row }) => row);
  assert.deepEqual(
    rows,
    rows.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(rows).size, 12);
  assert.equal(sweptCell(layer, 1).column, layer.columns - 1);
});

test("edges come from the side from which values come, and make place for those that replace them", () => {
  const [input, conv1] = layers;
  const pair = {
    source: "input",
    target: "conv1",
    from: new Int16Array(1),
    to: new Int16Array(1),
    values: new Float32Array(1),
  };
  const other = { ...pair };
  const forward = { pair, source: input, target: conv1, back: false };
  const backward = { pair: other, source: input, target: conv1, back: true };
  const changes = changesBetween(layers, start, first);
  for (const [u, share] of [
    [0, 0],
    [0.3, 0.5],
    [0.6, 1],
    [1, 1],
  ])
    assert.deepEqual(edgesBetween([], [forward], changes, u).parts.get(pair), { begin: 0, end: share });
  const { edges, parts } = edgesBetween([forward], [backward], [], 0.25);
  assert.deepEqual(edges, [forward, backward]);
  assert.deepEqual(parts.get(pair), { begin: 0, end: 0.75 });
  assert.deepEqual(parts.get(other), { begin: 0.75, end: 1 });
  assert.equal(edgesBetween([forward], [forward], changes, 0.5).parts.size, 0);
});

const described = [
  {
    ...{ layer: "conv1", names: ["conv1.weight", "conv1.bias"], kernels: [1, 2, 2], biased: true, units: 2 },
    ...{ moved: true, graded: true },
  },
  { layer: "fc", names: ["fc.weight"], kernels: [3, 1, 1], biased: false, units: 2, moved: true, graded: false },
];
const cells = new Uint8Array(Int8Array.from({ length: 3 * 10 + 2 * 6 }, (_, index) => index - 20).buffer);
const weights = readWeights(described, cells);

test("weights are read as Python sends them", () => {
  const [conv1, fc] = weights;
  assert.deepEqual([...conv1.before], [-20, -19, -18, -17, -16, -15, -14, -13, -12, -11]);
  assert.deepEqual([conv1.after?.[0], conv1.gradient?.[0], conv1.gradient?.length], [-10, 0, 10]);
  assert.deepEqual([fc.before[0], fc.after?.[0], fc.gradient, fc.before.length], [10, 16, null, 6]);
  assert.deepEqual(
    [-127, 0, 127].map((level) => entryOfLevel(level, 511)),
    [0, 255, 510],
  );
});

test("the step shows the change of all weights, and a complete gradient its layer's", () => {
  assert.deepEqual(
    overlaysAt(weights, whole).map(({ kind, weights: { layer } }) => [kind, layer]),
    [
      ["change", "conv1"],
      ["change", "fc"],
    ],
  );
  const bias = frame({ phase: "backward", parameter: "conv1.bias", parameters: ["fc.weight", "conv1.bias"] });
  assert.deepEqual(
    overlaysAt(weights, bias).map(({ kind, weights: { layer }, weighted, biased }) => [kind, layer, weighted, biased]),
    [["gradient", "conv1", false, true]],
  );
  const missing = frame({ phase: "backward", parameter: "fc.weight", parameters: ["fc.weight"] });
  assert.deepEqual(overlaysAt(weights, missing), [], "there are no numbers of this gradient");
  assert.deepEqual(overlaysAt(weights, first), []);
});

test("a way's ends are its stops: weights, marks and bars", () => {
  const loss = frame({ number: 5, phase: "loss", activations: names });
  for (const [from, to] of [
    [first, loss],
    [loss, whole],
    [whole, end],
    [start, first],
  ]) {
    const [before, after] = [from, to].map((one) => sceneAt([], weights, one));
    const known = (/** @type {typeof before.weights} */ list) =>
      list.map(({ overlay, alpha, share }) => [overlay, alpha, share]);
    assert.deepEqual(known(overlaysBetween(weights, from, to, 0)), known(before.weights));
    assert.deepEqual(known(overlaysBetween(weights, from, to, 1)), known(after.weights));
    assert.deepEqual([missingAt(from, to, 0), slideAt(from, to, 0)], [before.missing, before.slide]);
    assert.deepEqual([missingAt(from, to, 1), slideAt(from, to, 1)], [after.missing, after.slide]);
    assert.equal(grownAt(from, to, 1), 1);
  }
  assert.equal(grownAt(first, loss, 0), 0);
});

test("kernels lie in their unit's place, without overlap", () => {
  for (const [width, height] of [
    [170, 112],
    [122, 80],
    [84, 5],
    [37, 40],
    [20, 20],
  ])
    for (const [count, side, biased] of /** @type {[number, number, boolean][]} */ ([
      [1, 5, true],
      [6, 5, true],
      [16, 3, false],
      [80, 1, true],
    ])) {
      const rect = { x: 10, y: 20, width, height };
      const { kernels, bias, across } = arrangeKernels(rect, { count, height: side, width: side, biased });
      assert.equal(kernels.length, side === 1 ? 1 : count);
      assert.equal(Boolean(bias), biased);
      assert.ok(across >= 1 && across <= count);
      const all = bias ? [...kernels, bias] : kernels;
      for (const [index, one] of all.entries()) {
        assert.ok(one.width > 0 && one.height > 0);
        if (Math.min(width, height) < 20) continue; // smaller than a pixel for each cell
        assert.ok(one.x >= rect.x - 1e-9 && one.x + one.width <= rect.x + width + 1e-9);
        assert.ok(one.y >= rect.y - 1e-9 && one.y + one.height <= rect.y + height + 1e-9);
        for (const other of all.slice(index + 1))
          assert.ok(
            one.x + one.width <= other.x + 1e-9 ||
              other.x + other.width <= one.x + 1e-9 ||
              one.y + one.height <= other.y + 1e-9 ||
              other.y + other.height <= one.y + 1e-9,
          );
      }
    }
});

test("playing passes by what shows nothing new, and takes about a quarter of a minute", () => {
  const stop = (
    /** @type {string} */ phase,
    /** @type {number} */ known,
    /** @type {number} */ back,
    parameter = "",
  ) => ({
    ...{ phase, activations: Array(known).fill(0), gradients: Array(back).fill(0), parameter: parameter || null },
  });
  const frames = [
    stop("batch", 1, 0),
    stop("forward", 2, 0),
    stop("forward", 2, 0),
    stop("forward", 3, 0),
    stop("loss", 4, 0),
    stop("backward", 4, 0),
    stop("backward", 4, 1),
    stop("backward", 4, 1, "fc.bias"),
    stop("backward", 4, 1, "fc.weight"),
    stop("step", 4, 1),
  ];
  assert.deepEqual(passedBy(frames), [false, false, true, false, false, true, false, true, false, false]);
  const spans = spansOf(frames);
  assert.ok(spans.every((span) => span > 0));
  const deep = Array.from({ length: 500 }, (_, index) => stop("forward", index + 2, 0));
  assert.ok(spansOf(deep).reduce((sum, span) => sum + span, 0) <= 6001);
});
