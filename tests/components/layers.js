// Networks for tests, in the form in which Python sends them.

/** @import { Described, Layer } from "../../playground/components/network_view/network.js" */
import { readLayers } from "../../playground/components/network_view/network.js";

/** @type {Described} */
const PLAIN = {
  name: "input",
  kind: "input",
  shape: [1, 28, 28],
  sources: [],
  sent: true,
  scale: "diverging",
  kernel: null,
  stride: null,
  padding: null,
  dilation: null,
  groups: 1,
  settings: {},
  mixes: false,
  switchable: false,
  keeps_zero: false,
  bars: false,
};

/** Facts that Python sends about each kind. @type {Record<string, Partial<Described>>} */
const KINDS = {
  conv2d: { mixes: true, switchable: true },
  linear: { mixes: true, switchable: true },
  relu: { keeps_zero: true },
  max_pool2d: { keeps_zero: true },
  avg_pool2d: { keeps_zero: true },
  leaky_relu: { keeps_zero: true },
  gelu: { keeps_zero: true },
  tanh: { keeps_zero: true },
  dropout: { keeps_zero: true },
  adaptive_avg_pool2d: { keeps_zero: true },
  softmax: { mixes: true, bars: true },
};

/** @param {Partial<Described>} own @returns {Described} */
export function describe(own) {
  return { ...PLAIN, ...KINDS[own.kind ?? ""], ...own };
}

/**
 * Convolution or pooling layer and the layer that it reads, whose values are 1, 2, 3, ...
 *
 * @param {string} kind
 * @param {number[]} source shape of the layer that it reads
 * @param {number} channels
 * @param {{kernel: number[], stride?: number[], padding?: number[], dilation?: number[], groups?: number}} window
 * @returns {Layer[]}
 */
export function readBy(
  kind,
  source,
  channels,
  { kernel, stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 },
) {
  const side = (/** @type {0 | 1} */ axis) =>
    Math.floor((source[axis + 1] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  const layers = readLayers([
    describe({ name: "a", shape: source }),
    describe({
      name: "b",
      kind,
      shape: [channels, side(0), side(1)],
      sources: ["a"],
      sent: kind === "conv2d",
      kernel,
      stride,
      padding,
      dilation,
      groups,
    }),
  ]);
  layers[0].values.forEach((_, index, values) => {
    values[index] = index + 1;
  });
  return layers;
}

/** LeNet-5 as the Draw page shows it. */
export function lenet() {
  const conv = { kernel: [5, 5], stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
  const pool = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], sent: false };
  /** @type {[string, Partial<Described>][]} */
  const rest = [
    ["conv1", { kind: "conv2d", shape: [6, 28, 28], ...conv }],
    ["relu1", { kind: "relu", shape: [6, 28, 28], sent: false }],
    ["pool1", { kind: "max_pool2d", shape: [6, 14, 14], ...pool }],
    ["conv2", { kind: "conv2d", shape: [16, 10, 10], ...conv }],
    ["relu2", { kind: "relu", shape: [16, 10, 10], sent: false }],
    ["pool2", { kind: "max_pool2d", shape: [16, 5, 5], ...pool }],
    ["fc1", { kind: "linear", shape: [120] }],
    ["relu3", { kind: "relu", shape: [120], sent: false }],
    ["fc2", { kind: "linear", shape: [84] }],
    ["relu4", { kind: "relu", shape: [84], sent: false }],
    ["fc3", { kind: "linear", shape: [10] }],
    ["softmax", { kind: "softmax", shape: [10], sent: false }],
  ];
  const described = [describe({ shape: [1, 32, 32], scale: "ink" })];
  for (const [name, own] of rest)
    described.push(describe({ name, sources: [described[described.length - 1].name], ...own }));
  return readLayers(described);
}
