import assert from "node:assert/strict";
import { test } from "node:test";
import { findBlocks, layersOf } from "../../playground/components/network_view/blocks.js";
import { namesClasses } from "../../playground/components/network_view/classes.js";
import {
  arrange,
  curve,
  placeOf,
  placeOfLayer,
  placeOfPatch,
} from "../../playground/components/network_view/layout.js";
import { readLayers } from "../../playground/components/network_view/network.js";
import { describe, lenet } from "./layers.js";

const layers = lenet();
const WIDTHS = [320, 390, 499, 530, 640, 760, 799, 800, 999, 1000, 1100, 1440, 1920, 2300];
const ROOMS = [0, 380, 420, 900];

/** @param {string[]} names @param {import("../../playground/components/network_view/layout.js").Layout} layout */
function placesOf(names, layout) {
  return layers
    .filter(({ name }) => names.includes(name))
    .map(({ index, units }) => Array.from({ length: units }, (_, unit) => placeOf(layout.boxes[index], unit)));
}

for (const width of WIDTHS) {
  for (const room of ROOMS) {
    test(`at ${width} pixels with a height of ${room} every map is inside and none lies over another`, () => {
      const layout = arrange(layers, width, room);
      assert.equal(layout.wide, width >= 500);
      const places = placesOf(
        layers.map(({ name }) => name),
        layout,
      ).flat();
      for (const { x, y, width: across, height } of places) {
        assert.ok(across >= 1 && height >= 1);
        assert.ok(x >= 0 && x + across <= width && y >= 0 && y + height <= layout.height, `${x} ${y}`);
      }
      places.forEach((one, index) => {
        for (const other of places.slice(index + 1)) {
          const apart =
            one.x >= other.x + other.width ||
            other.x >= one.x + one.width ||
            one.y >= other.y + other.height ||
            other.y >= one.y + one.height;
          if (!apart) assert.fail(JSON.stringify([one, other]));
        }
      });
    });

    test(`at ${width} pixels with a height of ${room} each cell is a whole number of pixels`, () => {
      const { boxes } = arrange(layers, width, room);
      for (const layer of layers.filter(({ vector }) => !vector)) {
        const { unitWidth, unitHeight } = boxes[layer.index];
        assert.equal(unitWidth % layer.columns, 0, `${layer.name} ${unitWidth}`);
        assert.equal(unitHeight % layer.rows, 0, `${layer.name} ${unitHeight}`);
      }
    });

    test(`at ${width} pixels with a height of ${room} no row of channels is partly empty`, () => {
      const layout = arrange(layers, width, room);
      for (const layer of layers.filter(({ vector }) => !vector))
        assert.equal(layer.units % layout.boxes[layer.index].across, 0, layer.name);
    });
  }
}

test("a block is a layer that mixes, with those that go on channel by channel", () => {
  const names = findBlocks(layers).map((block) => layersOf(block).map(({ name }) => name));
  assert.deepEqual(names, [
    ["input"],
    ["conv1", "relu1", "pool1"],
    ["conv2", "relu2", "pool2"],
    ["fc1", "relu3"],
    ["fc2", "relu4"],
    ["fc3", "softmax"],
  ]);
});

test("a layer that reads two others, or another than the one before it, begins a block", () => {
  const shape = [4, 8, 8];
  const branched = readLayers([
    describe({ shape: [1, 8, 8] }),
    describe({ name: "conv", kind: "conv2d", shape, sources: ["input"] }),
    describe({ name: "relu", kind: "relu", shape, sources: ["conv"] }),
    describe({ name: "pool", kind: "max_pool2d", shape: [4, 4, 4], sources: ["conv"] }),
    describe({ name: "add", kind: "add", shape, sources: ["relu", "conv"] }),
    describe({ name: "tanh", kind: "tanh", shape, sources: ["add"] }),
  ]);
  const names = findBlocks(branched).map((block) => layersOf(block).map(({ name }) => name));
  assert.deepEqual(names, [["input"], ["conv", "relu"], ["pool"], ["add", "tanh"]]);
});

test("a channel's maps lie beside each other: the convolution's, and those of ReLU and pooling at most half as large", () => {
  for (const room of ROOMS) {
    const layout = arrange(layers, 1100, room);
    for (const names of [
      ["conv1", "relu1", "pool1"],
      ["conv2", "relu2", "pool2"],
    ]) {
      const [conv, relu, pool] = placesOf(names, layout);
      conv.forEach((place, channel) => {
        for (const beside of [relu[channel], pool[channel]]) {
          assert.ok(beside.x > place.x + place.width && beside.x < place.x + 2 * place.width);
          assert.ok(2 * beside.width <= place.width);
        }
        assert.ok(relu[channel].y + relu[channel].height < pool[channel].y);
      });
    }
  }
});

test("a unit's value before and after ReLU is in one line", () => {
  const layout = arrange(layers, 1100, 600);
  const [linear, relu] = placesOf(["fc1", "relu3"], layout);
  assert.deepEqual(
    linear.map(({ y }) => y),
    relu.map(({ y }) => y),
  );
});

test("a taller and wider window makes the maps larger", () => {
  const size = (/** @type {number} */ width, /** @type {number} */ room) =>
    arrange(layers, width, room).boxes[1].unitWidth;
  assert.ok(size(1000, 600) < size(1340, 800));
  assert.ok(size(1340, 800) < size(1900, 1200));
  assert.ok(arrange(layers, 1440, 900).height > 840 && arrange(layers, 1440, 900).height <= 900);
  assert.equal(arrange(layers, 2300, 5000).height, arrange(layers, 2300, 4000).height);
});

test("a container that has hardly any width yet gets a picture of finite size", () => {
  for (const width of [1, 20, 99]) {
    const { height, boxes } = arrange(layers, width);
    assert.ok(Number.isFinite(height) && height > 0);
    assert.ok(boxes.every(({ unitWidth, unitHeight, across }) => unitWidth >= 1 && unitHeight >= 1 && across >= 1));
  }
});

test("where more blocks than columns fit, they are in rows", () => {
  const hidden = layers.slice(7, 11);
  const deep = [...layers.slice(0, 11), ...hidden, ...hidden, ...layers.slice(11)];
  const described = deep.map(({ name, kind, shape, scale }, index) =>
    describe({
      name: `${name}.${index}`,
      kind,
      shape,
      scale,
      sources: index ? [`${deep[index - 1].name}.${index - 1}`] : [],
    }),
  );
  const stack = readLayers(described);
  const wide = arrange(stack, 1900, 600);
  assert.ok(wide.wide);
  wide.frames.slice(1).forEach(({ x }, index) => {
    assert.ok(x >= wide.frames[index].x + wide.frames[index].width, "no heading lies over another");
  });
  const narrow = arrange(stack, 560, 600);
  assert.ok(!narrow.wide);
  assert.ok(narrow.boxes.every(({ x, width }) => x >= 0 && x + width <= 560));
});

test("the tallest column begins under its heading, and none is taller than the picture", () => {
  for (const [given, room] of /** @type {[typeof layers, number][]} */ ([
    [layers, 0],
    [layers, 900],
  ])) {
    const { boxes, height } = arrange(given, 1000, room);
    assert.ok(Math.min(...boxes.map(({ y }) => y)) < 48);
    assert.ok(Math.max(...boxes.map((box) => box.y + box.height)) <= height);
  }
});

test("the last linear layer and the softmax name their classes, no other does", () => {
  const names = layers.filter((layer) => namesClasses(layer, layers)).map(({ name }) => name);
  assert.deepEqual(names, ["fc3", "softmax"]);
});

test("what belongs to a layer encloses its maps", () => {
  for (const width of [390, 1100]) {
    const layout = arrange(layers, width, 600);
    for (const layer of layers) {
      const [place, box] = [placeOfLayer(layout, layer), layout.boxes[layer.index]];
      assert.ok(place.y <= box.y && place.y + place.height >= box.y + box.height);
      assert.ok(place.x <= box.x && place.x + place.width >= box.x + box.width);
    }
  }
});

test("of a patch, the padding around the map is cut off", () => {
  const map = { x: 100, y: 10, width: 40, height: 40 };
  const whole = placeOfPatch(map, { top: 1, left: 2, height: 1, width: 1 }, 4, 4);
  assert.deepEqual(whole, { x: 120, y: 20, width: 10, height: 10 });
  const corner = placeOfPatch(map, { top: -1, left: -1, height: 3, width: 3 }, 4, 4);
  assert.deepEqual(corner, { x: 100, y: 10, width: 20, height: 20 });
});

test("a curve leads from the one map's edge to the other's", () => {
  const [from, to] = [
    { x: 0, y: 0, width: 10, height: 20 },
    { x: 50, y: 40, width: 10, height: 20 },
  ];
  assert.equal(curve(from, to, true), "M10 10C30 10 30 50 50 50");
  assert.equal(curve(from, to, false), "M5 20C5 30 55 30 55 40");
});
