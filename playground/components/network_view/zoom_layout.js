// Positions of everything that an open unit shows inside the picture; pure functions of sizes.

/** @import { Rect } from "./layout.js" */
/** @import { Sources, Tiles } from "./zoom_tiles.js" */
import { STRIP } from "./strips.js";
import { arrangeTiles, CAPTION } from "./zoom_tiles.js";

const SPACE = 16;
const BESIDE = 12; // between a strip and the panel
const NODE = 72; // between the maps that are read and the result, with the sum
const WORDS = 176; // width of the words about the result
const SWATCH = 56; // side of the one cell of a vector's unit
const [SMALLEST, LARGEST] = [112, 280]; // width of the result's map
const [GOOD_TARGET, GOOD_MAP] = [240, 72]; // widths beyond which larger maps are worth no other arrangement
const STAGE = 280; // least height of the maps, if the box has as much
const SHEET_TARGET = 176;
const ASIDE = 1500; // width from which the arithmetic stands beside the maps

/**
 * @typedef {object} Shape sizes of what is to be arranged
 * @property {number} width of the box
 * @property {number} height
 * @property {boolean} sheet true for a sheet over the whole window, which has no strips and may be scrolled
 * @property {boolean} back true for a gradient, which comes from the right
 * @property {Sources | null} sources the maps that are read, null if they aren't shown as tiles
 * @property {{rows: number, columns: number} | null} target the result's map, null for a unit of a vector
 * @property {(width: number) => number} head height of the heading
 * @property {(width: number) => number} title height of the sentence over the sources
 * @property {(width: number) => number} words height of the words about the result
 * @property {{width: number, height: (width: number) => number}} work the arithmetic, with the width that it would like
 *
 * @typedef {object} Zoom the positions, from the panel's corner except for the panel's own
 * @property {Rect} panel
 * @property {Rect} head
 * @property {Rect | null} sources
 * @property {Tiles | null} tiles from the sources' corner, under their title
 * @property {number} title height of the title
 * @property {Rect} node the sum
 * @property {Rect} target the result's map, without its caption
 * @property {Rect} words
 * @property {Rect} work
 * @property {number} height of all; larger than the panel's if it must be scrolled
 */

/** @param {Shape} shape @returns {Zoom} */
export function arrangeZoom(shape) {
  const side = shape.sheet ? 0 : STRIP + BESIDE;
  const panel = { x: side, y: 0, width: Math.max(1, shape.width - 2 * side), height: shape.height };
  const head = { x: 0, y: 0, width: panel.width, height: shape.head(panel.width) };
  const room = panel.height - head.height - SPACE;
  const plans = shape.sheet ? [stacked(shape, panel.width)] : besides(shape, panel.width, room);
  const best = plans.reduce((a, b) => (worth(a, room) >= worth(b, room) ? a : b));
  const placed = shape.back && !shape.sheet ? mirrored(best, panel.width) : best;
  const down = (/** @type {Rect} */ rect) => ({ ...rect, y: rect.y + head.height + SPACE });
  return {
    panel,
    head,
    ...placed,
    sources: placed.sources && down(placed.sources),
    node: down(placed.node),
    target: down(placed.target),
    words: down(placed.words),
    work: down(placed.work),
    height: head.height + SPACE + placed.height,
  };
}

/** @typedef {Omit<Zoom, "panel" | "head">} Plan positions from under the heading */

/** @param {Plan} plan @param {number} room */
function worth({ target, tiles, height }, room) {
  const large = Math.min(1, target.width / GOOD_TARGET) + Math.min(1, (tiles?.map ?? GOOD_MAP) / GOOD_MAP);
  return large - (tiles?.scrolls ? 1 : 0) - 4 * Math.max(0, height / room - 1);
}

/** Plans with the maps from left to right, and the arithmetic between, under or beside them. @param {Shape} shape @param {number} width @param {number} room @returns {Plan[]} */
function besides(shape, width, room) {
  const { work, sources } = shape;
  const sizes = shape.target ? range(LARGEST, SMALLEST, 8) : [SWATCH];
  const options = sizes.flatMap((size) => [false, true].map((aside) => ({ size, aside })));
  const least = Math.min(STAGE, room);
  const between = !sources || (sources.count === 1 && !sources.kernel);
  if (between) {
    const plans = options.flatMap((option) => stage(shape, width, room, option, true) ?? []);
    if (plans.length) return plans;
  }
  const below = work.height(width);
  const under = options.flatMap((option) => {
    const plan = stage(shape, width, Math.max(least, room - below - SPACE), option, false);
    return plan ? [underneath(plan, width, below)] : [];
  });
  const right = Math.min(work.width, width / 2);
  const beside =
    width < ASIDE || between
      ? []
      : options.flatMap((option) => {
          const plan = stage(shape, width - right - 2 * SPACE, room, option, false);
          return plan ? [alongside(plan, width, right, work.height(right))] : [];
        });
  const plans = beside.length ? beside : under;
  return plans.length ? plans : [stacked(shape, width)];
}

/**
 * The maps that are read, the sum and the result, from left to right.
 *
 * @param {Shape} shape
 * @param {number} width
 * @param {number} height
 * @param {{size: number, aside: boolean}} option width of the result's map, and whether the words are beside it
 * @param {boolean} between true if the arithmetic is in the place of the sum
 * @returns {Plan | null} null if they don't fit
 */
function stage(shape, width, height, { size, aside }, between) {
  const { sources, target, work } = shape;
  const high = target ? Math.round((size * target.rows) / target.columns) : size;
  const said = shape.words(WORDS);
  const column = aside ? size + SPACE + WORDS : Math.max(size, WORDS);
  const tall = CAPTION + (aside ? Math.max(high, said) : high + SPACE / 2 + said);
  if (tall > height) return null;
  const x = width - column;
  const middle = between ? Math.min(work.width, sources ? 300 : x - SPACE) : 0;
  const gap = between ? middle + 2 * SPACE : NODE;
  const left = sources ? x - gap : 0;
  if (sources ? left < 96 : x < 200) return null;
  const title = sources ? shape.title(left) : 0;
  const figure = sources?.count === 1 && !sources.kernel;
  const most = figure ? Math.min(left, target ? size : 200) : mostOf(sources?.count ?? 1);
  const tiles = sources && arrangeTiles(sources, left, height - title, Math.floor(most));
  if (tiles && tiles.width > left) return null;
  const worked = between ? work.height(middle) : 0;
  const used = Math.max(tall, worked, tiles ? title + Math.min(tiles.height, height - title) : 0);
  const top = (/** @type {number} */ own) => Math.round((used - own) / 2);
  const listed = tiles ? title + Math.min(tiles.height, height - title) : 0;
  // What is left of the width is divided, so that the maps are not torn apart.
  const spare = tiles ? Math.max(0, left - tiles.width) : Math.max(0, x - middle - 2 * SPACE);
  const from = Math.round(Math.min(spare / 2, spare - 40 > 0 ? spare / 2 : 0));
  const start = tiles ? from : 0;
  const shift = Math.round(spare - from);
  const place = { x: x - Math.round(shift / 2), y: top(tall) + CAPTION, width: size, height: high };
  const words = aside
    ? { x: place.x + size + SPACE, y: place.y, width: WORDS, height: said }
    : { x: place.x, y: place.y + high + SPACE / 2, width: WORDS, height: said };
  const list = tiles && { x: start, y: top(listed), width: tiles.width, height: listed };
  const end = list ? list.x + list.width : 0;
  const center = place.y + high / 2;
  return {
    sources: list,
    tiles,
    title: tiles ? title : 0,
    node: between
      ? { x: end, y: center, width: place.x - end, height: 0 }
      : { x: (end + place.x) / 2, y: center - 16, width: 32, height: 32 },
    target: place,
    words,
    work: between
      ? { x: tiles ? Math.round((end + place.x - middle) / 2) : 0, y: top(worked), width: middle, height: worked }
      : { x: 0, y: 0, width: 0, height: 0 },
    height: used,
  };
}

/** @param {Plan} plan @param {number} width @param {number} height of the arithmetic @returns {Plan} */
function underneath(plan, width, height) {
  const y = plan.height + SPACE;
  return { ...plan, work: { x: 0, y, width, height }, height: y + height };
}

/** @param {Plan} plan @param {number} width @param {number} own width of the arithmetic @param {number} height of it @returns {Plan} */
function alongside(plan, width, own, height) {
  const y = Math.max(0, Math.round((plan.height - height) / 2));
  return { ...plan, work: { x: width - own, y, width: own, height }, height: Math.max(plan.height, y + height) };
}

/**
 * Everything one under the other: the result with its words, what it reads, and the arithmetic.
 *
 * @param {Shape} shape
 * @param {number} width
 * @returns {Plan}
 */
function stacked(shape, width) {
  const { sources, target: cells } = shape;
  const size = cells ? Math.min(SHEET_TARGET, Math.floor(width / 2)) : SWATCH;
  const high = cells ? Math.round((size * cells.rows) / cells.columns) : size;
  const target = { x: 0, y: CAPTION, width: size, height: high };
  const beside = width - size - SPACE;
  const words = { x: size + SPACE, y: CAPTION, width: beside, height: shape.words(beside) };
  let y = CAPTION + Math.max(high, words.height) + SPACE;
  const title = sources ? shape.title(width) : 0;
  const tiles = sources && arrangeTiles(sources, width, 2 * width, Math.min(mostOf(sources.count), SHEET_TARGET));
  const list = tiles && { x: 0, y, width, height: title + Math.min(tiles.height, 2 * width) };
  y += list ? list.height + SPACE : 0;
  const work = { x: 0, y, width, height: shape.work.height(width) };
  const node = { x: 0, y, width: 0, height: 0 };
  return { sources: list, tiles, title, node, target, words, work, height: y + work.height };
}

/** Largest width of one of several maps. @param {number} count */
function mostOf(count) {
  return count === 1 ? 200 : count <= 3 ? 140 : count <= 8 ? 96 : 72;
}

/** The same plan from right to left. @param {Plan} plan @param {number} width @returns {Plan} */
function mirrored(plan, width) {
  const flip = (/** @type {Rect} */ rect) => ({ ...rect, x: width - rect.x - rect.width });
  return {
    ...plan,
    sources: plan.sources && flip(plan.sources),
    node: flip(plan.node),
    target: flip(plan.target),
    words: flip(plan.words),
    work: flip(plan.work),
  };
}

/** @param {number} from @param {number} to @param {number} step down */
function range(from, to, step) {
  return Array.from({ length: Math.floor((from - to) / step) + 1 }, (_, index) => from - index * step);
}
