// The network as it was sent: its layers, the values of every layer and their gradients, and what of them is known.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind PyTorch's name of the function, "input" or "softmax"
 * @property {number[]} shape of the output, (C, H, W) or (N,)
 * @property {string[]} sources names of the layers that it reads
 * @property {boolean} sent whether its values are sent; if not, they are chosen from its source's
 * @property {"diverging" | "sequential" | "ink"} scale
 * @property {number[] | null} kernel (height, width) of its window, null where it has none
 * @property {number[] | null} stride (down, across), likewise padding and dilation
 * @property {number[] | null} padding
 * @property {number[] | null} dilation
 * @property {number} groups into how many independent parts a convolution splits its channels
 * @property {number} index
 * @property {number} units channels, or features of a vector
 * @property {number} rows of one unit's map, 1 for a vector
 * @property {number} columns
 * @property {boolean} vector
 * @property {Layer[]} from the layers in `sources`
 * @property {Float32Array} values units × rows × columns
 * @property {Float32Array} lows least value of each unit
 * @property {Float32Array} highs largest value of each unit
 * @property {Uint32Array} wild how many values of each unit are NaN or infinite; lows and highs leave them out, and are
 *     NaN where no value is left
 * @property {Set<number>} off channels that are switched off, or come of such ones alone
 * @property {"none" | "activation" | "gradient"} state what is known of it now, and shown
 * @property {Layer | null} gradient a layer of the same form whose values are the gradient of the loss with respect to
 *     this one's output, null where it is never computed
 *
 * @typedef {Layer & {kernel: number[], stride: number[], padding: number[], dilation: number[]}} Windowed a layer whose
 *     cells read a window of its source's map each
 *
 * @typedef {Pick<Layer, "name" | "kind" | "shape" | "sources" | "sent" | "scale" | "kernel" | "stride" | "padding" |
 *     "dilation" | "groups">} Described a layer as Python sends it
 *
 * @typedef {{top: number, left: number, height: number, width: number}} Patch a part of a map, in cells
 *
 * @typedef {"map" | "layer" | "network"} Reach what shares the end of a color scale
 */

/** @param {Layer} layer @returns {layer is Windowed} */
export function hasWindow(layer) {
  return layer.kernel !== null;
}

/**
 * @param {Described[]} described
 * @returns {Layer[]}
 */
export function readLayers(described) {
  /** @type {Map<string, Layer>} */
  const byName = new Map();
  return described.map((raw, index) => {
    const [units, rows = 1, columns = 1] = raw.shape;
    /** @type {Layer} */
    const layer = {
      ...raw,
      index,
      units,
      rows,
      columns,
      vector: raw.shape.length === 1,
      from: raw.sources.flatMap((name) => byName.get(name) ?? []),
      values: new Float32Array(units * rows * columns),
      lows: new Float32Array(units),
      highs: new Float32Array(units),
      wild: new Uint32Array(units),
      state: "activation",
      gradient: null,
      off: new Set(),
    };
    byName.set(raw.name, layer);
    return layer;
  });
}

/**
 * Take in new values: those sent, and those that are only a choice among them (ReLU, max-pooling).
 *
 * @param {Layer[]} layers
 * @param {Uint8Array} bytes float32, little-endian, the layers with `sent` one after the other; empty for no values
 */
export function takeValues(layers, bytes) {
  const sent = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let offset = 0;
  for (const layer of layers) {
    if (sent.length === 0) {
      layer.values.fill(0);
    } else if (layer.sent) {
      const size = layer.units * layer.rows * layer.columns;
      layer.values = sent.subarray(offset, offset + size);
      offset += size;
    } else if (layer.kind === "relu") {
      rectify(layer.from[0].values, layer.values);
    } else if (hasWindow(layer)) {
      pool(layer);
    }
    measure(layer);
  }
}

/** @param {Float32Array} source @param {Float32Array} target */
function rectify(source, target) {
  for (let i = 0; i < target.length; i++) {
    const value = source[i];
    target[i] = value < 0 ? 0 : value; // NaN stays NaN, as in PyTorch
  }
}

/** @param {Windowed} layer */
function pool(layer) {
  const source = layer.from[0];
  for (let unit = 0, cell = 0; unit < layer.units; unit++) {
    for (let row = 0; row < layer.rows; row++) {
      for (let column = 0; column < layer.columns; column++, cell++) {
        layer.values[cell] = source.values[winner(layer, source, unit, row, column)];
      }
    }
  }
}

/**
 * Where the largest value of a pooling window is: the first one in reading order, as in PyTorch.
 *
 * @param {Windowed} layer
 * @param {Layer} source
 * @param {number} unit
 * @param {number} row
 * @param {number} column
 * @returns {number} index into the source's values
 */
export function winner(layer, source, unit, row, column) {
  const [height, width] = layer.kernel;
  const top = row * layer.stride[0] - layer.padding[0];
  const left = column * layer.stride[1] - layer.padding[1];
  const start = unit * source.rows * source.columns;
  let best = -1;
  for (let i = 0; i < height; i++) {
    const y = top + i * layer.dilation[0];
    if (y < 0 || y >= source.rows) continue;
    for (let j = 0; j < width; j++) {
      const x = left + j * layer.dilation[1];
      if (x < 0 || x >= source.columns) continue;
      const index = start + y * source.columns + x;
      const value = source.values[index];
      if (best < 0 || value > source.values[best] || Number.isNaN(value)) best = index;
    }
  }
  return best;
}

/**
 * Take in the gradients of a recorded iteration.
 *
 * @param {Layer[]} layers
 * @param {string[]} names of the layers that have one, in the order of the bytes
 * @param {Uint8Array} bytes float32, little-endian
 */
export function takeGradients(layers, names, bytes) {
  const sent = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let offset = 0;
  for (const layer of layers) layer.gradient = null;
  for (const name of names) {
    const layer = layers.find((one) => one.name === name);
    if (!layer) continue;
    const values = sent.subarray(offset, offset + layer.values.length);
    offset += values.length;
    const { units } = layer;
    layer.gradient = {
      ...layer,
      scale: "diverging",
      values,
      lows: new Float32Array(units),
      highs: new Float32Array(units),
      wild: new Uint32Array(units),
    };
    measure(layer.gradient);
  }
}

/**
 * Note which channels are switched off.
 *
 * @param {Layer[]} layers
 * @param {Record<string, number[]> | null} off channels by the layer's name
 */
export function takeOff(layers, off) {
  for (const layer of layers) layer.off = new Set(off?.[layer.name]);
}

/**
 * The layer whose channel has to be switched off for a channel of this one to be 0: itself, or the one that ReLU and
 * pooling read.
 *
 * @param {Layer} layer
 * @returns {Layer | null} null where no channel can be switched
 */
export function switchedBy(layer) {
  let one = layer;
  while ((one.kind === "relu" || one.kind === "max_pool2d") && one.from.length === 1) one = one.from[0];
  return one.kind === "conv2d" || one.kind === "linear" ? one : null;
}

/**
 * Note what is known now.
 *
 * @param {Layer[]} layers
 * @param {{activations: string[], gradients: string[]} | null} frame null where every output is known
 * @returns {Layer[]} the layers of which something else is known than before
 */
export function takeFrame(layers, frame) {
  return layers.filter((layer) => {
    const before = layer.state;
    if (layer.gradient && frame?.gradients.includes(layer.name)) layer.state = "gradient";
    else layer.state = !frame || frame.activations.includes(layer.name) ? "activation" : "none";
    return layer.state !== before;
  });
}

/** @param {Layer} layer @returns {Layer} whose values are shown: its own, or its gradient's */
export function faceOf(layer) {
  return (layer.state === "gradient" && layer.gradient) || layer;
}

/** @param {Layer} layer */
function measure(layer) {
  const size = layer.rows * layer.columns;
  for (let unit = 0, cell = 0; unit < layer.units; unit++) {
    let low = Infinity;
    let high = -Infinity;
    let wild = 0;
    for (const end = cell + size; cell < end; cell++) {
      const value = layer.values[cell];
      if (value - value !== 0) {
        wild++;
        continue;
      }
      if (value < low) low = value;
      if (value > high) high = value;
    }
    layer.lows[unit] = wild < size ? low : NaN;
    layer.highs[unit] = wild < size ? high : NaN;
    layer.wild[unit] = wild;
  }
}

/** @param {Layer} layer @param {number} unit @returns {Float32Array} the unit's values, rows × columns */
export function mapOf(layer, unit) {
  const size = layer.rows * layer.columns;
  return layer.values.subarray(unit * size, (unit + 1) * size);
}

/**
 * Which of its source's units one unit reads.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} unit
 * @returns {{first: number, count: number}}
 */
export function unitsRead(layer, source, unit) {
  if (layer.kind === "conv2d") {
    const count = source.units / layer.groups;
    return { first: Math.floor(unit / (layer.units / layer.groups)) * count, count };
  }
  const whole = layer.kind === "linear" || layer.kind === "softmax" || layer.units !== source.units;
  return whole ? { first: 0, count: source.units } : { first: unit, count: 1 };
}

/**
 * The part of a source map that one output cell reads, which may reach into the padding.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} row of the output's cell
 * @param {number} column
 * @returns {Patch | null} null where it reads all of it
 */
export function patchOf(layer, source, row, column) {
  if (hasWindow(layer)) {
    return {
      top: row * layer.stride[0] - layer.padding[0],
      left: column * layer.stride[1] - layer.padding[1],
      height: (layer.kernel[0] - 1) * layer.dilation[0] + 1,
      width: (layer.kernel[1] - 1) * layer.dilation[1] + 1,
    };
  }
  const same = !layer.vector && source.rows === layer.rows && source.columns === layer.columns;
  return same ? { top: row, left: column, height: 1, width: 1 } : null;
}

/**
 * The units of a layer that read one unit of a source.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} unit of the source
 * @returns {{first: number, count: number}}
 */
export function unitsReading(layer, source, unit) {
  if (layer.kind === "conv2d") {
    const count = layer.units / layer.groups;
    return { first: Math.floor(unit / (source.units / layer.groups)) * count, count };
  }
  const whole = layer.kind === "linear" || layer.kind === "softmax" || layer.units !== source.units;
  return whole ? { first: 0, count: layer.units } : { first: unit, count: 1 };
}

/**
 * Which cells of a layer's map read one cell of a source: along one axis, those whose window lies over it.
 *
 * @param {Windowed} layer
 * @param {number} place row or column of the source's cell
 * @param {0 | 1} axis
 * @returns {number[]}
 */
export function cellsReading(layer, place, axis) {
  const count = axis === 0 ? layer.rows : layer.columns;
  const [stride, padding, dilation, kernel] = [layer.stride, layer.padding, layer.dilation, layer.kernel].map(
    (sizes) => sizes[axis],
  );
  return Array.from({ length: count }, (_, index) => index).filter((index) => {
    const offset = place + padding - index * stride;
    return offset >= 0 && offset % dilation === 0 && offset / dilation < kernel;
  });
}

/**
 * The part of a layer's map whose cells read one cell of a source.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} row of the source's cell
 * @param {number} column
 * @returns {Patch | null} null where it is all of it, or nothing
 */
export function patchReading(layer, source, row, column) {
  if (!hasWindow(layer)) return patchOf(layer, source, row, column); // the same cell, or all of them
  const [down, across] = [cellsReading(layer, row, 0), cellsReading(layer, column, 1)];
  if (!down.length || !across.length) return null;
  return {
    top: down[0],
    left: across[0],
    height: down[down.length - 1] - down[0] + 1,
    width: across[across.length - 1] - across[0] + 1,
  };
}

/**
 * The value at the end of a color scale.
 *
 * @param {Layer[]} layers or their gradients, which have ranges of their own
 * @param {Reach} reach
 * @returns {(layer: Layer, unit: number) => number}
 */
export function rangesOf(layers, reach) {
  /** @type {number[]} */
  const ends = [];
  // One number of a vector has no range of its own: it shares its layer's.
  for (const layer of layers) ends[layer.index] = reach !== "map" || layer.vector ? largest(layer) : 0;
  if (reach === "map")
    return (layer, unit) => (layer.vector ? ends[layer.index] : end(layer.lows[unit], layer.highs[unit]));
  const all = ends.reduce((most, one) => Math.max(most, one), 0);
  return reach === "layer" ? (layer) => ends[layer.index] : () => all;
}

/** @param {number} low @param {number} high @returns {number} 0 where they are NaN */
function end(low, high) {
  return Math.max(-low, high, 0) || 0;
}

/** @param {Layer} layer @returns {number} */
function largest(layer) {
  let most = 0;
  for (let unit = 0; unit < layer.units; unit++) most = Math.max(most, end(layer.lows[unit], layer.highs[unit]));
  return most;
}
