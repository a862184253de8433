import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrange,
  curve,
  namesClasses,
  placeOf,
  placeOfLayer,
  placeOfPatch,
} from "../../playground/components/network_view/layout.js";
import { lenet } from "./layers.js";

const layers = lenet();
const WIDTHS = [320, 390, 639, 640, 760, 799, 800, 999, 1000, 1100, 1440, 1920];

for (const width of WIDTHS) {
  for (const [sided, room] of /** @type {[boolean, number][]} */ ([
    [false, 0],
    [true, 0],
    [false, 900],
  ])) {
    test(`at ${width} pixels (${sided}, ${room}) every map is inside and none lies over another`, () => {
      const layout = arrange(layers, width, sided, room);
      assert.equal(layout.wide, width >= 640);
      const places = layers.flatMap((layer) => {
        const box = layout.boxes[layer.index];
        return Array.from({ length: layer.units }, (_, unit) => placeOf(box, unit));
      });
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
          assert.ok(apart, JSON.stringify([one, other]));
        }
      });
    });
  }
}

test("a channel stays in its row through convolution, ReLU and pooling", () => {
  const { boxes } = arrange(layers, 1100, false);
  for (const names of [
    ["conv1", "relu1", "pool1"],
    ["conv2", "relu2", "pool2"],
  ]) {
    const group = layers.filter(({ name }) => names.includes(name));
    const tops = group.map(({ index, units }) =>
      Array.from({ length: units }, (_, unit) => placeOf(boxes[index], unit).y),
    );
    assert.deepEqual(tops[1], tops[0]);
    assert.deepEqual(tops[2], tops[0]);
  }
});

test("a taller window makes the maps larger, up to a limit", () => {
  const height = (/** @type {number} */ room) => arrange(layers, 1440, false, room).height;
  assert.ok(height(800) > height(0));
  assert.equal(height(5000), height(4000));
});

test("a container that has hardly any width yet gets a picture of finite size", () => {
  for (const width of [1, 20, 99]) {
    const { height, boxes } = arrange(layers, width, true);
    assert.ok(Number.isFinite(height) && height > 0);
    assert.ok(boxes.every(({ unitWidth, unitHeight, across }) => unitWidth >= 1 && unitHeight >= 1 && across >= 1));
  }
});

test("where more layers than columns fit, they are in rows", () => {
  const hidden = layers.slice(7, 11);
  const deep = [...layers.slice(0, 11), ...hidden, ...hidden, ...layers.slice(11)];
  const wide = arrange(deep, 1440, false);
  assert.ok(wide.wide);
  wide.boxes.slice(1).forEach(({ label }, index) => {
    const { x, width } = wide.boxes[index].label;
    assert.ok(label.x >= x + width, "no label lies over another");
  });
  const narrow = arrange(deep, 748, false);
  assert.ok(!narrow.wide);
  assert.ok(narrow.boxes.every(({ x, width }) => x >= 0 && x + width <= 748));
});

test("the tallest column begins under its label, however few its maps are", () => {
  for (const [given, room] of /** @type {[typeof layers, number][]} */ ([
    [layers, 0],
    [layers, 900],
    [layers.filter(({ name }) => !["fc1", "relu3", "fc2", "relu4"].includes(name)), 900],
  ])) {
    const { boxes } = arrange(given, 1000, false, room);
    const top = Math.min(...boxes.map(({ y }) => y));
    const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
    assert.equal(top, 58);
    assert.ok(boxes.every(({ legend }) => legend.y - bottom < 10));
  }
});

test("the last linear layer and the softmax name their classes, no other does", () => {
  const names = layers.filter((layer) => namesClasses(layer, layers)).map(({ name }) => name);
  assert.deepEqual(names, ["fc3", "softmax"]);
});

test("what belongs to a layer encloses its maps", () => {
  for (const width of [390, 1100]) {
    const layout = arrange(layers, width, true);
    for (const box of layout.boxes) {
      const place = placeOfLayer(layout, box);
      assert.ok(place.y <= box.y && place.y + place.height >= box.y + box.height);
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
