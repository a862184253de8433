// The network as it was sent: its layers, the values of every layer and their gradients, and what of them is known.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind PyTorch's name of the function, "input" or "softmax"
 * @property {number[]} shape of the output, (C, H, W) or (N,)
 * @property {string[]} sources names of the layers that it reads
 * @property {boolean} sent whether its values are sent; if not, they are copies of its source's
 * @property {"diverging" | "sequential" | "ink"} scale
 * @property {number[] | null} kernel (height, width) of its window, null where it has none
 * @property {number[] | null} stride (down, across), likewise padding and dilation
 * @property {number[] | null} padding
 * @property {number[] | null} dilation
 * @property {number} groups into how many independent parts a convolution splits its channels
 * @property {Record<string, any>} settings further numbers of its call
 * @property {boolean} mixes whether a unit reads all units of its source, or of its group
 * @property {boolean} switchable whether channels of it can be switched off
 * @property {boolean} keeps_zero whether a channel of zeros stays one
 * @property {boolean} bars whether its values are the probabilities, which are shown as bars
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
 *     "dilation" | "groups" | "settings" | "mixes" | "switchable" | "keeps_zero" | "bars">} Described a layer as Python sends it
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
 * The layer whose channel has to be switched off for a channel of this one to be 0: itself, or the one
 * whose zeros reach it through ReLUs and the like.
 *
 * @param {Layer} layer
 * @returns {Layer | null} null where no channel can be switched
 */
export function switchedBy(layer) {
  let one = layer;
  while (one.keeps_zero && one.from.length === 1) one = one.from[0];
  return one.switchable ? one : null;
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

/** Note the least and the largest value of each unit. @param {Layer} layer */
export function measure(layer) {
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
 * Units of its source that one unit reads.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} unit
 * @returns {{first: number, count: number}}
 */
export function unitsRead(layer, source, unit) {
  if (layer.mixes) {
    const count = source.units / layer.groups;
    return { first: Math.floor(unit / (layer.units / layer.groups)) * count, count };
  }
  return layer.units !== source.units ? { first: 0, count: source.units } : { first: unit, count: 1 };
}

/**
 * The rows or columns of its source's map that one row or column of a layer's map reads.
 *
 * @param {Layer} layer
 * @param {0 | 1} axis
 * @param {number} place row or column
 * @returns {{start: number, count: number, step: number} | null} where `start` may lie in the padding; null where the
 *     layer has no windows
 */
export function spanOf(layer, axis, place) {
  const spans = layer.settings[axis ? "columns" : "rows"];
  if (spans) return { start: spans[place][0], count: spans[place][1] - spans[place][0], step: 1 };
  if (!hasWindow(layer)) return null;
  const start = place * layer.stride[axis] - layer.padding[axis];
  return { start, count: layer.kernel[axis], step: layer.dilation[axis] };
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
  const [down, across] = [spanOf(layer, 0, row), spanOf(layer, 1, column)];
  if (down && across) {
    return {
      top: down.start,
      left: across.start,
      height: (down.count - 1) * down.step + 1,
      width: (across.count - 1) * across.step + 1,
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
  if (layer.mixes) {
    const count = layer.units / layer.groups;
    return { first: Math.floor(unit / (source.units / layer.groups)) * count, count };
  }
  return layer.units !== source.units ? { first: 0, count: layer.units } : { first: unit, count: 1 };
}

/**
 * Rows or columns of a layer's map that read one cell of a source, along one axis: those whose window lies over it.
 *
 * @param {Layer} layer with windows
 * @param {number} place row or column of the source's cell
 * @param {0 | 1} axis
 * @returns {number[]}
 */
export function cellsReading(layer, place, axis) {
  const count = axis === 0 ? layer.rows : layer.columns;
  return Array.from({ length: count }, (_, index) => index).filter((index) => {
    const span = spanOf(layer, axis, index);
    const offset = span ? place - span.start : -1;
    return span && offset >= 0 && offset % span.step === 0 && offset / span.step < span.count;
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
  if (!spanOf(layer, 0, 0)) return patchOf(layer, source, row, column); // the same cell, or all of them
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
