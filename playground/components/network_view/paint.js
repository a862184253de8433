// Painting of values on canvases, run for every update during a stroke: typed arrays, one putImageData per layer.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Grid } from "./layout.js" */
/** @import { Layer } from "./network.js" */
import { ENTRIES, entryOf } from "../shared/colors.js";

const BAR = 14; // largest thickness of a bar in CSS pixels
const FAINT = 0x73; // opacity of what ReLU cuts off
const BARELY = 0.01; // share of the way to the probabilities after a step, before which those before it have no outline
const STRENGTH = 0.62; // place in the scale, from zero to its end, of the color of bars

/**
 * @typedef {object} Sheet one canvas with the grid of a layer's maps
 * @property {CanvasRenderingContext2D} context
 * @property {ImageData} image
 * @property {Uint32Array} pixels of the image
 * @property {number} stride pixels in a row of the image
 * @property {Uint16Array} across for each pixel in a map's row, its cell's column
 * @property {Uint16Array} down for each pixel in a map's column, its cell's row
 * @property {Int32Array} starts index of each map's first pixel
 * @property {number} width of a map in pixels
 * @property {number} height
 * @property {number} ratio pixels per CSS pixel
 * @property {boolean} round true if the maps are large enough for rounded corners
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Layer} layer
 * @param {Grid} box
 * @param {number} ratio screen pixels per CSS pixel
 * @returns {Sheet}
 */
export function makeSheet(canvas, layer, box, ratio) {
  const scale = (/** @type {number} */ length) => Math.max(1, Math.round(length * ratio));
  canvas.width = scale(box.width);
  canvas.height = scale(box.height);
  const context = contextOf(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  const [width, height] = [scale(box.unitWidth), scale(box.unitHeight)];
  const cells = (/** @type {number} */ pixels, /** @type {number} */ count) =>
    Uint16Array.from({ length: pixels }, (_, i) => Math.floor((i * count) / pixels));
  const starts = Int32Array.from({ length: layer.units }, (_, unit) => {
    const x = Math.min(Math.round((unit % box.across) * box.stepX * ratio), canvas.width - width);
    const y = Math.min(Math.round(Math.floor(unit / box.across) * box.stepY * ratio), canvas.height - height);
    return y * canvas.width + x;
  });
  return {
    context,
    image,
    pixels: new Uint32Array(image.data.buffer),
    stride: canvas.width,
    width,
    height,
    across: cells(width, layer.columns),
    down: cells(height, layer.rows),
    starts,
    ratio,
    round: Math.min(width, height) >= 8 * ratio,
  };
}

/**
 * @typedef {Omit<Layer, "values"> & {values: Float32Array | Float64Array}} Painted a layer, or numbers in its shape
 */

/**
 * Paint the maps of a layer.
 *
 * @template {Painted} Form
 * @param {Sheet} sheet
 * @param {Form} layer
 * @param {Scale} scale
 * @param {(layer: Form, unit: number) => number} rangeOf
 * @param {number} wild color of the pattern for NaN and infinity
 */
export function paintMaps(sheet, layer, scale, rangeOf, wild = 0) {
  const { pixels, stride, width, height, across, down, starts } = sheet;
  const { table } = scale;
  const zero = scale.signed ? (ENTRIES - 1) / 2 : 0;
  const { values, columns } = layer;
  const size = layer.rows * columns;
  const line = new Uint32Array(columns);
  for (let unit = 0; unit < layer.units; unit++) {
    const range = rangeOf(layer, unit);
    const factor = range > 0 ? (ENTRIES - 1 - zero) / range : 0;
    let pixel = starts[unit];
    let above = -1;
    for (let y = 0; y < height; y++, pixel += stride) {
      const row = down[y];
      if (row === above) {
        pixels.copyWithin(pixel, pixel - stride, pixel - stride + width);
        continue;
      }
      above = row;
      for (let column = 0, cell = unit * size + row * columns; column < columns; column++, cell++) {
        const entry = (zero + values[cell] * factor + 0.5) | 0;
        line[column] = table[entry < 0 ? 0 : entry >= ENTRIES ? ENTRIES - 1 : entry];
      }
      for (let x = 0; x < width; x++) pixels[pixel + x] = line[across[x]];
    }
    if (layer.wild?.[unit]) markWild(sheet, layer, unit, wild);
    if (sheet.round) roundCorners(sheet, starts[unit]);
  }
  sheet.context.putImageData(sheet.image, 0, 0);
}

/**
 * Paint a chequered pattern over cells that are NaN or infinite, which no color of a scale can represent.
 *
 * @param {Sheet} sheet
 * @param {Painted} layer
 * @param {number} unit
 * @param {number} color
 */
function markWild({ pixels, stride, width, height, across, down, starts }, layer, unit, color) {
  const first = unit * layer.rows * layer.columns;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = layer.values[first + down[y] * layer.columns + across[x]];
      if (value - value !== 0) pixels[starts[unit] + y * stride + x] = ((x >> 1) + (y >> 1)) & 1 ? color : 0;
    }
  }
}

/**
 * Paint maps whose values have not been computed yet: an outline and hatching.
 *
 * @param {Sheet} sheet
 * @param {Layer} layer
 * @param {number} color as in a scale's table
 */
export function paintUnknown(sheet, layer, color) {
  const { pixels, stride, width, height, starts, ratio } = sheet;
  const [thick, apart] = [Math.max(1, Math.round(ratio)), Math.round(6 * ratio)];
  const faint = ((color & 0xffffff) | (0x66 << 24)) >>> 0;
  const tiny = Math.min(width, height) < 2 * apart; // no room for a pattern
  pixels.fill(0);
  for (let unit = 0; unit < layer.units; unit++) {
    for (let y = 0, pixel = starts[unit]; y < height; y++, pixel += stride) {
      const rim = y < thick || y >= height - thick;
      for (let x = 0; x < width; x++) {
        if (tiny) pixels[pixel + x] = ((color & 0xffffff) | (0x22 << 24)) >>> 0;
        else if (rim || x < thick || x >= width - thick) pixels[pixel + x] = faint;
        else if ((x + y) % apart < thick) pixels[pixel + x] = faint;
      }
    }
    if (sheet.round) roundCorners(sheet, starts[unit]);
  }
  sheet.context.putImageData(sheet.image, 0, 0);
}

/** @param {Sheet} sheet @param {number} start index of the map's first pixel */
function roundCorners({ pixels, stride, width, height }, start) {
  const bottom = start + (height - 1) * stride;
  pixels[start] = pixels[start + width - 1] = pixels[bottom] = pixels[bottom + width - 1] = 0;
}

/**
 * Paint the units of a vector as bars, from zero to the right or upward where the value is positive, to the left or
 * downward where it is negative.
 *
 * @param {Sheet} sheet
 * @param {Painted} layer
 * @param {Scale} scale with the ground of a gradient; outputs have none
 * @param {(layer: any, unit: number) => number} rangeOf
 * @param {{accent: number, track: number, cut: boolean}} colors as in a scale's table; `cut` to paint negative bars faintly
 */
export function paintBars(sheet, layer, scale, rangeOf, { accent, track, cut }) {
  const { pixels, stride, width, height, starts } = sheet;
  const upright = height > width;
  const [length, thick] = upright ? [height, width] : [width, height];
  const [along, aside] = upright ? [-stride, 1] : [1, stride];
  const zero = scale.signed ? (ENTRIES - 1) / 2 : 0;
  const reach = Math.round(STRENGTH * (ENTRIES - 1 - zero));
  const [positive, negative] = [scale.table[zero + reach], scale.table[Math.max(0, zero - reach)]];
  const faint = ((negative & 0xffffff) | (FAINT << 24)) >>> 0;
  const ground = scale.ground ? scale.table[zero] : 0;
  const axis = scale.signed ? length >> 1 : 0;
  const most = length - axis - 1;
  pixels.fill(ground);
  for (let unit = 0; unit < layer.units; unit++) {
    const value = layer.values[unit];
    const range = rangeOf(layer, unit);
    const share = range > 0 && value - value === 0 ? Math.max(-1, Math.min(1, value / range)) : 0;
    const filled = share && Math.max(1, Math.round(Math.abs(share) * most));
    const color = share > 0 ? positive : cut ? faint : negative;
    const start = starts[unit] + (upright ? (height - 1) * stride : 0);
    for (let side = 0; side < thick; side++) {
      const origin = start + axis * along + side * aside;
      for (let place = 1; place <= filled; place++) pixels[origin + (share > 0 ? place : -place) * along] = color;
      pixels[origin] = track;
    }
    if (layer.wild?.[unit]) markWild(sheet, layer, unit, accent);
  }
  sheet.context.putImageData(sheet.image, 0, 0);
}

/**
 * @typedef {object} Course of probabilities through a recorded step
 * @property {Layer["state"] | null} state to which they are on their way, null at a stop
 * @property {number} target class with whose probability the loss compares, -1 for none
 * @property {number} grown share of their length to which the bars have grown, 0..1
 * @property {number} missing share of its missing probability that is marked, 0..1
 * @property {number} slide share of the way from the probabilities before the step to those after it, 0..1
 */

/**
 * Paint probabilities as bars, the largest in the accent color; after a step with an outline of those before it.
 *
 * @param {Sheet} sheet
 * @param {Layer} layer
 * @param {{accent: number, bar: number, track: number, night: number}} colors as in a scale's table
 * @param {number} first class with the largest share, or -1
 * @param {Course} course
 */
export function paintShares(sheet, layer, colors, first, { target, grown, missing, slide }) {
  const { pixels, stride, width, height, starts, ratio } = sheet;
  const thick = Math.min(height, BAR * ratio);
  const top = Math.floor((height - thick) / 2) * stride;
  const rim = Math.max(1, Math.round(ratio));
  const later = slide > BARELY ? layer.again : null;
  pixels.fill(0);
  for (let unit = 0; unit < layer.units; unit++) {
    const lengthAt = (/** @type {number} */ value) => Math.round(Math.min(1, Math.max(0, value)) * width) || 0;
    const old = lengthAt(layer.values[unit]);
    const face = later && slide === 1 ? later : layer;
    const wild = face.wild[unit] > 0;
    const value = layer.values[unit] + (later ? (later.values[unit] - layer.values[unit]) * slide : 0);
    const filled = wild ? 0 : lengthAt(value * grown);
    const marked = unit === target && !wild ? Math.round((width - filled) * missing) : 0;
    const color = unit === first ? colors.accent : colors.bar;
    for (let y = 0, pixel = starts[unit] + top; y < thick; y++, pixel += stride) {
      pixels.fill(color, pixel, pixel + filled);
      pixels.fill(colors.track, pixel + filled, pixel + width);
      pixels.fill(colors.night, pixel + filled, pixel + filled + marked);
      const edge = y < rim || y >= thick - rim;
      if (later && edge) pixels.fill(colors.night, pixel, pixel + old);
      if (later && old >= rim) pixels.fill(colors.night, pixel + old - rim, pixel + old);
    }
    if (wild) markWild(sheet, face, unit, colors.accent);
  }
  sheet.context.putImageData(sheet.image, 0, 0);
}

/**
 * Paint a single map, one pixel per cell; the style sheet enlarges it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values rows × columns
 * @param {number} rowCount
 * @param {number} columnCount
 * @param {Scale} scale
 * @param {number} range
 */
export function paintMap(canvas, values, rowCount, columnCount, scale, range) {
  if (canvas.width !== columnCount || canvas.height !== rowCount) {
    canvas.width = columnCount;
    canvas.height = rowCount;
  }
  const context = contextOf(canvas);
  const image = context.createImageData(columnCount, rowCount);
  const pixels = new Uint32Array(image.data.buffer);
  for (let cell = 0; cell < pixels.length; cell++) {
    const value = values[cell];
    pixels[cell] = value - value === 0 ? scale.table[entryOf(value, range, scale.signed)] : 0; // transparent for NaN and infinity
  }
  context.putImageData(image, 0, 0);
}

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}
