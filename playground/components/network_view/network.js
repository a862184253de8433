// The network as it was sent: layers, their values and gradients, and which of these have been computed so far.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind PyTorch's name of the function, or "input" or "softmax"
 * @property {number[]} shape of the output, (C, H, W) or (N,)
 * @property {string[]} sources names of the layers that it reads
 * @property {boolean} sent whether its values are sent; if not, they are copies of its source's
 * @property {"diverging" | "sequential" | "ink" | "night"} scale
 * @property {number[] | null} kernel (height, width) of its window, null if it has none
 * @property {number[] | null} stride (down, across), as are padding and dilation
 * @property {number[] | null} padding
 * @property {number[] | null} dilation
 * @property {number} groups number of independent parts into which a convolution splits its channels
 * @property {Record<string, any>} settings further numbers of its call
 * @property {boolean} mixes true if a unit reads all units of its source, or of its group
 * @property {boolean} switchable true if its channels can be switched off
 * @property {boolean} keeps_zero true if it turns a channel of zeros into zeros
 * @property {boolean} bars true if its values are the probabilities, which are shown as bars
 * @property {number[]} [numbers] of the units that are shown, where not all are
 * @property {number[]} [whole] shape of the whole output, where a part of it is shown
 * @property {number} [step] every so manieth row and column is shown
 * @property {boolean} [explained] false if its cells can't be worked out from what is shown
 * @property {string[]} [labels] names of its units, which are classes
 * @property {number} index
 * @property {number} units channels, or features of a vector
 * @property {number} rows of one unit's map, 1 for a vector
 * @property {number} columns
 * @property {boolean} vector
 * @property {Layer[]} from the layers in `sources`
 * @property {Float32Array} values units × rows × columns
 * @property {Float32Array} lows least value of each unit
 * @property {Float32Array} highs largest value of each unit
 * @property {Uint32Array} wild number of values of each unit that are NaN or infinite; lows and highs leave these out,
 *     and are NaN if no value is left
 * @property {Set<number>} off channels that are switched off, or that read only such channels
 * @property {"none" | "activation" | "gradient" | "again"} state what has been computed of it so far, and is shown
 * @property {Layer | null} gradient a layer of the same shape whose values are the gradient of the loss with respect to
 *     this one's output, null if it is never computed
 * @property {Layer | null} again the same layer in the pass after a recorded step, null if there is none
 *
 * @typedef {Layer & {kernel: number[], stride: number[], padding: number[], dilation: number[]}} Windowed a layer whose
 *     cells read a window of its source's map each
 *
 * @typedef {Pick<Layer, "name" | "kind" | "shape" | "sources" | "sent" | "scale" | "kernel" | "stride" | "padding" |
 *     "dilation" | "groups" | "settings" | "mixes" | "switchable" | "keeps_zero" | "bars" | "numbers" | "whole" | "step" |
 *     "explained" | "labels">} Described a layer as Python sends it
 *
 * @typedef {{top: number, left: number, height: number, width: number}} Patch a part of a map, in cells
 *
 * @typedef {"map" | "layer" | "network"} Reach extent over which a color scale has the same end
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
      again: null,
      off: new Set(),
    };
    byName.set(raw.name, layer);
    return layer;
  });
}

/**
 * Store the gradients of a recorded iteration.
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
      scale: "night",
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
 * Layer whose channel must be switched off to make a channel of this one 0: the layer itself or, for kinds that keep
 * zeros, such as ReLU, the one that it reads.
 *
 * @param {Layer} layer
 * @returns {Layer | null} null if no channel can be switched
 */
export function switchedBy(layer) {
  let one = layer;
  while (one.keeps_zero && one.from.length === 1) one = one.from[0];
  return one.switchable ? one : null;
}

/**
 * @typedef {{phase?: string, activations: string[], gradients: string[]}} Known what has been computed at a stop
 */

/**
 * What has been computed of a layer at a stop, and is shown.
 *
 * @param {Layer} layer
 * @param {Known | null} frame null if every output has been computed
 * @returns {Layer["state"]}
 */
export function stateAt(layer, frame) {
  if (layer.again && frame?.phase === "re-evaluate") return "again";
  if (layer.gradient && frame?.gradients.includes(layer.name)) return "gradient";
  return !frame || frame.activations.includes(layer.name) ? "activation" : "none";
}

/**
 * Note which outputs and gradients have been computed at a stop.
 *
 * @param {Layer[]} layers
 * @param {Known | null} frame null if every output has been computed
 * @returns {Layer[]} the layers whose state has changed
 */
export function takeFrame(layers, frame) {
  return layers.filter((layer) => {
    const before = layer.state;
    layer.state = stateAt(layer, frame);
    return layer.state !== before;
  });
}

/** @param {Layer} layer @returns {Layer} the layer whose values are shown: itself, its gradient, or itself after the step */
export function faceOf(layer) {
  return (layer.state === "gradient" && layer.gradient) || (layer.state === "again" && layer.again) || layer;
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
 * Range of the source's units that one unit reads.
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
 * Rows or columns of the source's map that one row or column of a layer's map reads.
 *
 * @param {Layer} layer
 * @param {0 | 1} axis
 * @param {number} place row or column
 * @returns {{start: number, count: number, step: number} | null} where `start` may lie in the padding; null if the
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
 * Part of a source map that one output cell reads; it may extend into the padding.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} row of the output's cell
 * @param {number} column
 * @returns {Patch | null} null if the cell reads the whole map
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
 * Range of a layer's units that read one unit of a source.
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
 * Indices, along one axis, of the cells of a layer's map whose window contains a given cell of a source.
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
 * Part of a layer's map whose cells read one cell of a source.
 *
 * @param {Layer} layer
 * @param {Layer} source
 * @param {number} row of the source's cell
 * @param {number} column
 * @returns {Patch | null} null for the whole map, or for nothing
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
 * Function that returns the value at the end of a unit's color scale.
 *
 * @param {Layer[]} layers layers, or their gradients, which have their own ranges
 * @param {Reach} reach
 * @param {Layer[][]} others the same layers of other pictures that have the same scales
 * @returns {(layer: Layer, unit: number) => number}
 */
export function rangesOf(layers, reach, others = []) {
  /** @type {number[]} */
  const ends = [];
  const alike = (/** @type {Layer} */ layer) => [layer, ...others.map((every) => every[layer.index])];
  // A unit of a vector is one number, so it shares its layer's range.
  for (const layer of layers)
    ends[layer.index] = reach !== "map" || layer.vector ? Math.max(...alike(layer).map(largest)) : 0;
  if (reach === "map")
    return (layer, unit) =>
      layer.vector
        ? ends[layer.index]
        : Math.max(...alike(layer).map(({ lows, highs }) => end(lows[unit], highs[unit])));
  const all = ends.reduce((most, one) => Math.max(most, one), 0);
  return reach === "layer" ? (layer) => ends[layer.index] : () => all;
}

/** @param {number} low @param {number} high @returns {number} 0 if both are NaN */
function end(low, high) {
  return Math.max(-low, high, 0) || 0;
}

/** @param {Layer} layer @returns {number} */
function largest(layer) {
  let most = 0;
  for (let unit = 0; unit < layer.units; unit++) most = Math.max(most, end(layer.lows[unit], layer.highs[unit]));
  return most;
}
