import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellsReading,
  faceOf,
  hasWindow,
  patchOf,
  patchReading,
  rangesOf,
  readLayers,
  switchedBy,
  takeFrame,
  takeGradients,
  takeOff,
  unitsRead,
  unitsReading,
} from "../../playground/components/network_view/network.js";
import { takeValues } from "../../playground/components/network_view/values.js";
import { readoutText } from "../../playground/components/network_view/words.js";
import { formatNumber } from "../../playground/components/shared/numbers.js";
import { describe, lenet, readBy } from "./layers.js";

const TEXT = {
  name_unit: "{layer} {channel}",
  readout_map: "{name} {size} {span}",
  readout_value: "{name} {value}",
  span: "{low} to {high}",
  span_wild: "{count} wild",
  readout_where: "{name} {row} {column}",
  name_channel: "{layer} {channel}",
};

test("values that are no numbers are counted, and spare the range", () => {
  const layers = readLayers([describe({ name: "a", kind: "linear", shape: [2, 1, 3] })]);
  const sent = new Float32Array([1, Number.NaN, -4, Infinity, Number.NaN, -Infinity]);
  takeValues(layers, new Uint8Array(sent.buffer));
  assert.deepEqual([...layers[0].wild], [1, 3]);
  assert.equal(rangesOf(layers, "network")(layers[0], 0), 4);
  assert.equal(rangesOf(layers, "map")(layers[0], 1), 0);
  const lines = [0, 1].map((unit) => readoutText(layers[0], unit, null, layers, TEXT, false));
  assert.ok(lines[0].endsWith(`${formatNumber(-4)} to ${formatNumber(1)}, 1 wild`));
  assert.ok(lines[1].endsWith(" 3 wild"));
  assert.ok(readoutText(layers[0], 1, { row: 0, column: 2 }, layers, TEXT, false).endsWith("−∞"));
});

test("pictures with the same scales have the larger end of each", () => {
  const [one, two] = [
    [1, -2, 3, 9],
    [4, 0, -5, 7],
  ].map((values) => {
    const layers = readLayers([
      describe({ name: "a", kind: "conv2d", shape: [2, 1, 1] }),
      describe({ name: "b", kind: "linear", shape: [2] }),
    ]);
    takeValues(layers, new Uint8Array(new Float32Array(values).buffer));
    return layers;
  });
  for (const [reach, ends] of /** @type {const} */ ([
    ["map", [4, 2, 9]],
    ["layer", [4, 4, 9]],
    ["network", [9, 9, 9]],
  ])) {
    for (const [own, other] of [
      [one, two],
      [two, one],
    ]) {
      const range = rangesOf(own, reach, [other]);
      assert.deepEqual([range(own[0], 0), range(own[0], 1), range(own[1], 1)], ends);
    }
  }
});

test("ReLU keeps what is not a number, as PyTorch does", () => {
  const layers = readLayers([
    describe({ name: "a", shape: [4] }),
    describe({ name: "b", kind: "relu", shape: [4], sources: ["a"], sent: false }),
  ]);
  takeValues(layers, new Uint8Array(new Float32Array([-1, 2, Number.NaN, -Infinity]).buffer));
  assert.deepEqual([...layers[1].values], [0, 2, Number.NaN, 0]);
  takeValues(layers, new Uint8Array(0));
  assert.deepEqual([...layers[0].values], [0, 0, 0, 0]);
});

test("what a cell reads and what reads a cell are the same, seen from both ends", () => {
  for (const window of [
    { kernel: [3, 2] },
    { kernel: [3, 3], stride: [2, 1], padding: [1, 2] },
    { kernel: [2, 2], dilation: [2, 3], padding: [1, 1] },
  ]) {
    const [source, layer] = readBy("conv2d", [1, 9, 7], 2, window);
    assert.ok(hasWindow(layer));
    for (const axis of /** @type {const} */ ([0, 1])) {
      const [length, count] = axis ? [source.columns, layer.columns] : [source.rows, layer.rows];
      for (let place = 0; place < length; place++) {
        const readers = cellsReading(layer, place, axis);
        for (let cell = 0; cell < count; cell++) {
          /** @type {number[]} */
          const reads = Array.from(
            { length: layer.kernel[axis] },
            (_, step) => cell * layer.stride[axis] - layer.padding[axis] + step * layer.dilation[axis],
          );
          assert.equal(readers.includes(cell), reads.includes(place));
        }
      }
    }
  }
});

test("a patch is the window, and the whole map where there is none", () => {
  const [source, layer] = readBy("conv2d", [1, 9, 7], 2, {
    kernel: [3, 3],
    stride: [2, 1],
    padding: [1, 0],
    dilation: [1, 2],
  });
  assert.deepEqual(patchOf(layer, source, 1, 2), { top: 1, left: 2, height: 3, width: 5 });
  assert.deepEqual(patchReading(layer, source, 0, 0), { top: 0, left: 0, height: 1, width: 1 });
  const layers = lenet();
  const [pool2, fc1] = ["pool2", "fc1"].map((name) => layers.find((one) => one.name === name));
  assert.ok(pool2 && fc1);
  assert.equal(patchOf(fc1, pool2, 0, 0), null);
});

test("groups divide the channels", () => {
  const [source, layer] = readBy("conv2d", [6, 5, 5], 4, { kernel: [3, 3], groups: 2 });
  assert.deepEqual(
    [0, 1, 2, 3].map((unit) => unitsRead(layer, source, unit)),
    [
      { first: 0, count: 3 },
      { first: 0, count: 3 },
      { first: 3, count: 3 },
      { first: 3, count: 3 },
    ],
  );
  assert.deepEqual(
    [0, 2, 3, 5].map((unit) => unitsReading(layer, source, unit).first),
    [0, 0, 2, 2],
  );
});

test("a frame says what is known of each layer", () => {
  const layers = lenet();
  const gradient = Float32Array.from({ length: 10 }, (_, index) => index - 4);
  takeGradients(layers, ["fc3", "gone"], new Uint8Array(gradient.buffer));
  const fc3 = layers[layers.length - 2];
  const frame = {
    number: 3,
    phase: "backward",
    activations: ["input", "conv1", "fc3"],
    gradients: ["fc3"],
    current: "fc3",
  };
  const changed = takeFrame(layers, frame).map(({ name }) => name);
  assert.ok(changed.includes("fc3") && changed.includes("relu1") && !changed.includes("conv1"));
  assert.equal(faceOf(fc3), fc3.gradient);
  assert.deepEqual([...faceOf(fc3).values], [...gradient]);
  assert.equal(fc3.gradient?.scale, "night");
  takeFrame(layers, null);
  assert.equal(faceOf(fc3), fc3);
  takeGradients(layers, [], new Uint8Array(0));
  assert.equal(fc3.gradient, null);
});

test("a channel is switched where it is computed, not where it is only passed on", () => {
  const layers = lenet();
  const owners = Object.fromEntries(layers.map((layer) => [layer.name, switchedBy(layer)?.name]));
  assert.deepEqual(
    [owners.pool1, owners.relu4, owners.fc3, owners.input, owners.softmax],
    ["conv1", "fc2", "fc3", undefined, undefined],
  );
  takeOff(layers, { conv1: [2, 3] });
  assert.deepEqual([...layers[1].off], [2, 3]);
  takeOff(layers, null);
  assert.equal(layers[1].off.size, 0);
});
