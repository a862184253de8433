/** @import { Windowed } from "../../playground/components/network_view/network.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  convolve,
  convolvePart,
  matches,
  sendBack,
  softmax,
  weigh,
} from "../../playground/components/network_view/arithmetic.js";
import { winner } from "../../playground/components/network_view/kinds/max_pool2d.js";
import { hasWindow } from "../../playground/components/network_view/network.js";
import { takeValues } from "../../playground/components/network_view/values.js";
import { readBy } from "./layers.js";
import { makeRandom } from "./random.js";

/** @param {Parameters<typeof readBy>} given @returns {Windowed} */
function windowed(...given) {
  const layer = readBy(...given)[1];
  assert.ok(hasWindow(layer));
  return layer;
}

const WINDOWS = [
  { kernel: [3, 3] },
  { kernel: [5, 3], stride: [2, 2], padding: [2, 1] },
  { kernel: [3, 3], padding: [2, 2], dilation: [2, 2], groups: 2 },
  { kernel: [1, 2], stride: [3, 1], groups: 4 },
];

for (const window of WINDOWS) {
  test(`a convolution's gradient is its transpose: ${JSON.stringify(window)}`, () => {
    // <conv(x), g> = <x, conv*(g)> for any x and g.
    const random = makeRandom(9);
    const layer = windowed("conv2d", [4, 9, 8], 8, window);
    const [source] = layer.from;
    const { groups = 1 } = window;
    const size = window.kernel[0] * window.kernel[1];
    const [ins, outs] = [4 / groups, 8 / groups];
    const any = (/** @type {number} */ length) => Float32Array.from({ length }, () => random(-9, 9));
    source.values.set(any(source.values.length));
    const weights = any(8 * ins * size);
    const gradient = any(layer.values.length);
    layer.gradient = { ...layer, values: gradient };
    let [forward, backward] = [0, 0];
    for (let unit = 0; unit < 8; unit++) {
      const kernel = weights.subarray(unit * ins * size, (unit + 1) * ins * size);
      for (let row = 0; row < layer.rows; row++) {
        for (let column = 0; column < layer.columns; column++) {
          const { sum, parts } = convolve(layer, unit, row, column, kernel, 0);
          assert.equal(
            parts.reduce((total, part) => total + part, 0),
            sum,
          );
          forward += sum * gradient[(unit * layer.rows + row) * layer.columns + column];
        }
      }
    }
    for (let channel = 0; channel < 4; channel++) {
      const group = Math.floor(channel / ins);
      const onward = Float32Array.from({ length: outs * size }, (_, index) => {
        const unit = group * outs + Math.floor(index / size);
        return weights[(unit * ins + (channel % ins)) * size + (index % size)];
      });
      for (let row = 0; row < 9; row++) {
        for (let column = 0; column < 8; column++) {
          const { sum } = sendBack(layer, group * outs, outs, row, column, onward);
          backward += sum * source.values[(channel * 9 + row) * 8 + column];
        }
      }
    }
    assert.equal(forward, backward);
    assert.notEqual(forward, 0);
  });
}

test("a patch says where it lies in the padding", () => {
  const layer = windowed("conv2d", [1, 3, 3], 1, { kernel: [3, 3], padding: [1, 1] });
  const part = convolvePart(layer, 0, 0, 0, 0, new Float32Array(9).fill(1));
  assert.deepEqual([...part.inside], [0, 0, 0, 0, 1, 1, 0, 1, 1]);
  assert.deepEqual([...part.patch], [0, 0, 0, 0, 1, 2, 0, 4, 5]);
  assert.deepEqual([part.sum, part.size, part.most], [12, 12, 5]);
});

test("pooling takes the first of equal values, and any that is not a number", () => {
  const layers = readBy("max_pool2d", [1, 2, 4], 1, { kernel: [2, 2], stride: [2, 2] });
  const layer = layers[1];
  assert.ok(hasWindow(layer));
  const sent = new Float32Array([3, 3, 1, 2, 3, 3, Number.NaN, 9]);
  takeValues(layers, new Uint8Array(sent.buffer));
  assert.deepEqual([...layer.values], [3, Number.NaN]);
  assert.deepEqual(
    [0, 1].map((column) => winner(layer, 0, 0, column)),
    [0, 6],
  );
});

test("a linear layer's unit is products and a bias", () => {
  const worked = weigh(new Float32Array([1, 2, 3]), new Float32Array([4, 5, -6]), 0.5);
  assert.deepEqual(
    { ...worked, products: [...worked.products] },
    { products: [4, 10, -18], total: -4, sum: -3.5, size: 32.5 },
  );
});

test("softmax sums to one however large the logits are", () => {
  for (const logits of [
    [1, 2, 3],
    [1000, 1001, 999],
    [-1e30, 0, 3e4],
  ]) {
    const { shares, most } = softmax(Float32Array.from(logits));
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    assert.equal(most, Math.max(...Float32Array.from(logits)));
  }
});

test("a sum is PyTorch's value up to its rounding, and no farther", () => {
  assert.ok(matches({ sum: 1.0000001, size: 5 }, 1));
  assert.ok(!matches({ sum: 1.0001, size: 5 }, 1));
  assert.ok(matches({ sum: Infinity, size: Infinity }, Infinity));
  assert.ok(matches({ sum: 1e39, size: 1e39 }, Infinity)); // too large for single precision
  assert.ok(matches({ sum: NaN, size: 0 }, NaN));
  for (const [sum, value] of [
    [3, Infinity],
    [Infinity, 3],
    [NaN, 3],
    [-Infinity, Infinity],
  ])
    assert.ok(!matches({ sum, size: Math.abs(sum) }, value));
});
