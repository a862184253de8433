// Positions of everything in the picture; pure functions of the layers and a width.

/** @import { Layer, Patch } from "./network.js" */

/**
 * @typedef {object} Grid positions of one layer's maps, in CSS pixels
 * @property {number} x left edge of the first map
 * @property {number} y its top edge
 * @property {number} across number of maps in a row
 * @property {number} unitWidth
 * @property {number} unitHeight
 * @property {number} stepX from one map to the next
 * @property {number} stepY
 * @property {number} width of all maps together
 * @property {number} height
 *
 * @typedef {{x: number, y: number, width: number}} Line position of a line of text
 *
 * @typedef {Grid & {label: Line, legend: Line}} Box
 *
 * @typedef {Omit<Grid, "x" | "y">} Sized a grid without a position yet
 *
 * @typedef {Sized & {column: number, lead: number}} Column with the width of its column, and of the digits in front
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 *
 * @typedef {object} Group adjacent layers with the same number of maps
 * @property {number} units
 * @property {Layer[]} layers
 * @property {number} side columns of its largest map
 * @property {number} aspect rows of a map for each column
 * @property {number} weight relative share of the width that it should get
 *
 * @typedef {{size: number, across: number, width: number}} Plan arrangement of a group's maps
 *
 * @typedef {object} Layout
 * @property {boolean} wide true for columns from left to right, false for rows from top to bottom
 * @property {number} width
 * @property {number} height
 * @property {Box[]} boxes
 */

const WIDE = 640;
const NARROWEST = 100; // while the page is being built, the container may be narrower than any map
const GAP = 2;
const LABEL = 58;
const UNDER = 8; // between the maps and their legends
const LEGEND = 26;
const LEGEND_SIDE = 14; // one more line, which states whether the colors show outputs or gradients
const SMALLEST = 8;
const LEAST_TALL = 396; // height of all maps of a layer if the window has no more room
const MOST_TALL = 1200;
const LARGEST = 68; // side of a map at that least height
const DIGIT = 13; // room for the digit in front of a class's cell

/**
 * @param {Layer[]} layers
 * @param {number} width of the container
 * @param {boolean} sided true if each legend states whether its colors show outputs or gradients
 * @param {number} room height that a picture of columns may fill, if that is more than it needs
 * @returns {Layout}
 */
export function arrange(layers, width, sided, room = 0) {
  const found = width >= WIDE && columns(layers, width, sided ? LEGEND + LEGEND_SIDE : LEGEND, room);
  return found || rows(layers, Math.max(width, NARROWEST));
}

/** True if a layer's units are classes, few enough to be labelled one by one. @param {Layer} layer @param {Layer[]} layers */
export function namesClasses(layer, layers) {
  const last = layers[layers.length - 1];
  return last.bars && layer.vector && (layer === last || last.from.includes(layer));
}

/**
 * @param {Layer[]} layers
 * @param {number} width
 * @param {number} legend height
 * @param {number} room
 * @returns {Layout | null} null if there are more layers than columns that fit
 */
function columns(layers, width, legend, room) {
  const dense = layers.some((layer) => !layer.vector && layer.units > 20);
  const tall = Math.max(
    dense ? LEAST_TALL + 28 : LEAST_TALL,
    Math.min(MOST_TALL, Math.floor(room) - LABEL - UNDER - legend),
  );
  const least = width < 800 ? 7 : 10;
  const available = width - least * (layers.length - 1);
  const narrowest = width < 800 ? 44 : 48;
  const groups = groupMaps(layers);
  const plans = new Map(groups.map((group) => [group, plan(group, SMALLEST, tall, narrowest)]));
  const planOf = (/** @type {Group} */ group) => /** @type {Plan} */ (plans.get(group));
  const fixed = layers.filter((layer) => layer.vector).map((layer) => vectorBox(layer, layers, tall, width));
  const used = () =>
    fixed.reduce((sum, box) => sum + box.column, 0) +
    groups.reduce((sum, group) => sum + planOf(group).width * group.layers.length, 0);
  if (used() > available) return null;
  const growing = new Set(groups);
  while (growing.size) {
    const group = [...growing].reduce((a, b) => (planOf(a).size / a.weight <= planOf(b).size / b.weight ? a : b));
    const before = planOf(group);
    const grown = larger(group, before, tall, narrowest).some((next) => {
      plans.set(group, next);
      return used() <= available;
    });
    if (!grown) {
      plans.set(group, before);
      growing.delete(group);
    }
  }
  for (const group of groups) plans.set(group, plan(group, snap(planOf(group).size, group.side), tall, narrowest));
  const gap = Math.min(30, least + (available - used()) / (layers.length - 1));
  const total = used() + gap * (layers.length - 1);
  let x = Math.max(0, (width - total) / 2);
  let vector = 0;
  const sizes = layers.map((layer) => {
    const group = groups.find((one) => one.layers.includes(layer));
    return group ? mapBox(layer, planOf(group)) : fixed[vector++];
  });
  // Few or narrow maps need less than the height that there is.
  const high = Math.max(...sizes.map((size) => size.height));
  const boxes = sizes.map(({ column, lead, ...sized }) => {
    const inset = (column - sized.width - lead) / 2;
    const box = {
      ...sized,
      x: Math.round(x + inset + lead),
      y: Math.round(LABEL + (high - sized.height) / 2),
      label: { x: Math.round(x), y: 0, width: Math.round(column) },
      legend: { x: Math.round(x), y: LABEL + high + UNDER, width: Math.round(column) },
    };
    x += column + gap;
    return box;
  });
  return { wide: true, width, height: LABEL + high + UNDER + legend, boxes };
}

/**
 * Group adjacent layers with the same number of maps: their maps get the same size, so that a channel stays in its row.
 *
 * @param {Layer[]} layers
 * @returns {Group[]}
 */
function groupMaps(layers) {
  /** @type {Omit<Group, "weight">[]} */
  const groups = [];
  for (const layer of layers.filter((one) => !one.vector)) {
    const last = groups[groups.length - 1];
    if (last && last.units === layer.units && last.layers[last.layers.length - 1].index === layer.index - 1) {
      last.layers.push(layer);
      last.side = Math.max(last.side, layer.columns);
    } else {
      groups.push({ units: layer.units, layers: [layer], side: layer.columns, aspect: layer.rows / layer.columns });
    }
  }
  // A map with more cells gets more room, but less than in proportion: small maps must stay readable.
  return groups.map((group) => ({ ...group, weight: group.side ** 0.6 }));
}

/**
 * Arrange a group's maps of a given size, with as few side by side as the height allows.
 *
 * @param {Group} group
 * @param {number} size
 * @param {number} tall
 * @param {number} narrowest
 * @returns {Plan}
 */
function plan(group, size, tall, narrowest) {
  const down = Math.max(1, Math.floor((tall + GAP) / (size * group.aspect + GAP)));
  const across = Math.ceil(group.units / down);
  return { size, across, width: Math.max(narrowest, across * (size + GAP) - GAP) };
}

/**
 * Next larger plans of a group, the smallest first. One more map in a row must make the maps noticeably larger.
 *
 * @param {Group} group
 * @param {Plan} before
 * @param {number} tall
 * @param {number} narrowest
 * @returns {Plan[]}
 */
function larger(group, before, tall, narrowest) {
  const most = Math.floor(Math.min((LARGEST * tall) / LEAST_TALL, tall / group.aspect));
  if (before.size >= most) return [];
  const next = plan(group, before.size + 1, tall, narrowest);
  if (next.across === before.across) return [next];
  const found = [];
  for (let size = Math.ceil(1.2 * before.size); size <= most; size++) {
    const wider = plan(group, size, tall, narrowest);
    if (wider.across === next.across) found.push(wider);
  }
  return found;
}

/** Round a map's size to an even number of pixels per cell, or to a whole number, if little room is lost. @param {number} size @param {number} side */
function snap(size, side) {
  const whole = [2 * side, side].map((step) => Math.floor(size / step) * step);
  return whole.find((one) => one >= 0.86 * size) ?? size;
}

/** @param {Layer} layer @param {Plan} plan @returns {Column} */
function mapBox(layer, { size, across, width }) {
  const unitHeight = Math.max(1, Math.round((size * layer.rows) / layer.columns));
  const down = Math.ceil(layer.units / across);
  const [stepX, stepY] = [size + GAP, unitHeight + GAP];
  return {
    across,
    unitWidth: size,
    unitHeight,
    stepX,
    stepY,
    width: across * stepX - GAP,
    height: down * stepY - GAP,
    column: width,
    lead: 0,
  };
}

/** @param {Layer} layer @param {Layer[]} layers @param {number} tall @param {number} width of the picture @returns {Column} */
function vectorBox(layer, layers, tall, width) {
  const classes = namesClasses(layer, layers);
  const across = classes ? 1 : Math.max(1, Math.ceil(layer.units / 64));
  const down = Math.ceil(layer.units / across);
  const stepY = Math.max(
    3,
    Math.min(classes ? Math.max(30, Math.floor(tall / 14)) : 20, Math.floor((tall + GAP) / down)),
  );
  const gap = classes ? 6 : stepY < 6 ? 1 : GAP;
  const bar = layer.bars;
  const unitWidth = bar
    ? width < 800
      ? 44
      : width < 1000
        ? 56
        : 72
    : classes
      ? 24
      : Math.max(8, Math.round(28 / across) - 1);
  const lead = classes ? DIGIT : 0;
  const stepX = unitWidth + GAP;
  const size = { width: across * stepX - GAP, height: down * stepY - gap };
  return {
    across,
    unitWidth,
    unitHeight: stepY - gap,
    stepX,
    stepY,
    ...size,
    lead,
    column: Math.max(36, size.width + lead),
  };
}

/** @param {Layer[]} layers @param {number} width @returns {Layout} */
function rows(layers, width) {
  let y = 0;
  const boxes = layers.map((layer) => {
    const classes = namesClasses(layer, layers);
    /** @type {Sized} */
    let sized;
    if (layer.bars) {
      sized = grid(layer, 1, width - DIGIT, 14, GAP);
    } else if (layer.vector) {
      const across = layer.units <= 16 ? layer.units : Math.ceil(layer.units / Math.ceil((layer.units * 17) / width));
      sized = grid(layer, across, Math.floor((width + GAP) / across) - GAP, classes ? 20 : 12, GAP);
    } else {
      const wanted = layer.units > 32 ? 28 : layer.units > 16 || layer.columns < 16 ? 38 : 50;
      const fitting = Math.min(layer.units, Math.floor((width + GAP) / (wanted + GAP)));
      const across = Math.ceil(layer.units / Math.ceil(layer.units / fitting));
      const size = Math.min(LARGEST, Math.floor((width + GAP) / across) - GAP);
      sized = grid(layer, across, size, Math.round((size * layer.rows) / layer.columns), GAP);
    }
    const lead = classes && layer.bars ? DIGIT : 0;
    const under = classes && !layer.bars ? 14 : 0; // the digits
    const legend = { x: 0, y: y + 20 + sized.height + under + 4, width: 96 };
    const box = { ...sized, x: lead, y: y + 20, label: { x: 0, y, width }, legend };
    y = legend.y + (layer.bars ? 0 : 20) + 10;
    return box;
  });
  return { wide: false, width, height: y, boxes };
}

/**
 * @param {Layer} layer
 * @param {number} across
 * @param {number} unitWidth
 * @param {number} unitHeight
 * @param {number} gap
 * @returns {Sized}
 */
function grid(layer, across, unitWidth, unitHeight, gap) {
  const down = Math.ceil(layer.units / across);
  const [stepX, stepY] = [unitWidth + gap, unitHeight + gap];
  return { across, unitWidth, unitHeight, stepX, stepY, width: across * stepX - gap, height: down * stepY - gap };
}

/**
 * Rectangle around a layer's label, maps and legend.
 *
 * @param {Layout} layout
 * @param {Box} box
 * @returns {Rect}
 */
export function placeOfLayer(layout, box) {
  const { x, y, width } = box.label;
  const next = layout.boxes[layout.boxes.indexOf(box) + 1];
  return { x, y, width, height: layout.wide ? layout.height : (next ? next.label.y : layout.height) - 8 - y };
}

/** @param {Grid} box @param {number} unit @returns {Rect} */
export function placeOf(box, unit) {
  return {
    x: box.x + (unit % box.across) * box.stepX,
    y: box.y + Math.floor(unit / box.across) * box.stepY,
    width: box.unitWidth,
    height: box.unitHeight,
  };
}

/** @param {Rect} place @param {number} margin @returns {string} SVG path */
export function rectPath(place, margin = 0) {
  const [width, height] = [place.width + 2 * margin, place.height + 2 * margin];
  return `M${place.x - margin} ${place.y - margin}h${width}v${height}h${-width}Z`;
}

/**
 * Part of a map's rectangle that a patch covers, without the padding around the map.
 *
 * @param {Rect} place rectangle of the map
 * @param {Patch} patch
 * @param {number} rowCount of the map
 * @param {number} columnCount
 * @returns {Rect}
 */
export function placeOfPatch(place, patch, rowCount, columnCount) {
  const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(0, Math.min(most, value));
  const [top, bottom] = [clamp(patch.top, rowCount), clamp(patch.top + patch.height, rowCount)];
  const [left, right] = [clamp(patch.left, columnCount), clamp(patch.left + patch.width, columnCount)];
  const [cellWidth, cellHeight] = [place.width / columnCount, place.height / rowCount];
  return {
    x: place.x + left * cellWidth,
    y: place.y + top * cellHeight,
    width: (right - left) * cellWidth,
    height: (bottom - top) * cellHeight,
  };
}

/**
 * Curve from a source map to the map that reads it.
 *
 * @param {Rect} from
 * @param {Rect} to
 * @param {boolean} wide
 */
export function curve(from, to, wide) {
  if (wide) {
    const [x0, y0, x1, y1] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = (x1 - x0) / 2;
    return `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  const [x0, y0, x1, y1] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const bend = (y1 - y0) / 2;
  return `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`;
}
