// Positions of everything that an open unit shows inside the picture; pure functions of sizes.

/** @import { Rect } from "./layout.js" */
/** @import { Sources, Tiles } from "./zoom_tiles.js" */
import { STRIP } from "./strips.js";
import { mostOf, SPACE, stages } from "./zoom_stage.js";
import { arrangeTiles, CAPTION } from "./zoom_tiles.js";

const BESIDE = 12; // between a strip and the panel
const [SMALLEST, LARGEST, LARGEST_OF_ALL] = [112, 280, 400]; // width of the result's map
const HUGE = 1700; // width from which it may be the largest
const [GOOD_TARGET, GOOD_MAP] = [240, 72]; // widths beyond which larger maps are worth no other arrangement
const STAGE = 250; // least height of the maps, if the box has as much
const TALL_STAGE = 330; // and where nothing fits into it, so that the arithmetic must be scrolled
const LEAST_STAGE = 500; // width of the maps beside the arithmetic
const FLAT = 560; // width under which arithmetic may lie under the result alone
const SHEET_TARGET = 176;
const [ONE_COLUMN, SEVERAL] = [0.5, 0.15]; // worth of rows, in which each source has an edge of its own
const BETWEEN = [300, 240, 200, 160]; // widths of arithmetic between two maps
const ASIDE = 1150; // width from which the arithmetic stands beside the maps
const APART = 56; // from them

/**
 * @typedef {object} Shape sizes of what is to be arranged
 * @property {number} width of the box
 * @property {number} height
 * @property {boolean} sheet true for a sheet over the whole window, which has no strips and may be scrolled
 * @property {boolean} back true for a gradient, which comes from the right
 * @property {Sources | null} sources the maps that are read, null if they aren't shown as tiles
 * @property {{rows: number, columns: number} | null} target the result's map, null for a unit of a vector
 * @property {number} swatch side of the one cell of a vector's unit, 0 if it isn't shown
 * @property {(width: number) => number} head height of the heading
 * @property {(width: number) => number} title height of the sentence over the sources
 * @property {(width: number) => number} words height of the words about the result
 * @property {{width: number, used: (width: number) => number, height: (width: number) => number}} work the arithmetic, with
 *     the width that it would like, and what it uses of less
 *
 * @typedef {object} Zoom the positions, from the panel's corner except for the panel's own
 * @property {Rect} panel
 * @property {Rect} head
 * @property {Rect | null} sources
 * @property {Tiles | null} tiles from the sources' corner, under their title
 * @property {number} title height of the title
 * @property {number} long width of the title
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
  const top = head.height + SPACE + (shape.sheet ? 0 : Math.max(0, Math.floor((room - placed.height) / 2)));
  const down = (/** @type {Rect} */ rect) => ({ ...rect, y: rect.y + top });
  return {
    panel,
    head,
    ...placed,
    sources: placed.sources && down(placed.sources),
    node: down(placed.node),
    target: down(placed.target),
    words: down(placed.words),
    work: down(placed.work),
    height: top + placed.height,
  };
}

/**
 * @typedef {Omit<Zoom, "panel" | "head"> & {ease: number}} Plan positions from under the heading; `ease` is 1 if the
 *     arithmetic has the width that it needs
 */

/** @param {Plan} plan @param {number} room */
function worth({ target, tiles, sources, title, height, ease }, room) {
  const good = tiles?.form === "figure" ? GOOD_TARGET : GOOD_MAP;
  const large = Math.min(1, target.width / GOOD_TARGET) + Math.min(1, (tiles?.map ?? good) / good);
  const edged = tiles?.form === "row" ? (tiles.across === 1 ? ONE_COLUMN : SEVERAL) : 0;
  const hidden = tiles && sources ? 1 - (sources.height - title) / tiles.height : 0;
  return large + edged + ease - 2 * hidden - 4 * Math.max(0, height / room - 1);
}

/**
 * Plans with the maps from left to right, and the arithmetic between, under or beside them.
 *
 * @param {Shape} shape
 * @param {number} width
 * @param {number} room
 * @returns {Plan[]}
 */
function besides(shape, width, room) {
  const { work, sources } = shape;
  const sizes = shape.target ? range(width < HUGE ? LARGEST : LARGEST_OF_ALL, SMALLEST, 8) : [shape.swatch];
  const options = sizes.flatMap((size) => [false, true].map((aside) => ({ size, aside })));
  const staged = (/** @type {number} */ wide, /** @type {number} */ high, /** @type {number} */ between) =>
    options.flatMap((option) => stages(shape, wide, high, option, between));
  if (!sources || (sources.count === 1 && !sources.kernel)) {
    const most = Math.min(work.width, sources ? BETWEEN[0] : width);
    const middles = sources ? BETWEEN.map((middle) => Math.min(middle, most)) : [most];
    const plans = middles.flatMap((middle) => staged(width, room, middle));
    return plans.length && (sources || width >= FLAT) ? plans : [...plans, stacked(shape, width)];
  }
  if (width >= ASIDE) {
    const own = Math.min(work.width, width - LEAST_STAGE);
    const plans = staged(width - own - APART, room, 0);
    if (plans.length) return plans.map((plan) => alongside(plan, width, work, own));
  }
  const below = work.height(width - Math.max(0, Math.floor((width - work.width) / 2)));
  const high = Math.max(Math.min(STAGE, room), room - below - SPACE);
  const fitting = staged(width, high, 0);
  const plans = fitting.length ? fitting : staged(width, Math.max(high, TALL_STAGE), 0);
  return plans.length ? plans.map((plan) => underneath(plan, width, work)) : [stacked(shape, width)];
}

/** @param {Plan} plan @param {number} width @param {Shape["work"]} work @returns {Plan} */
function underneath(plan, width, work) {
  const y = plan.height + SPACE;
  const x = Math.max(0, Math.floor((width - work.width) / 2));
  const height = work.height(width - x);
  return { ...plan, work: { x, y, width: width - x, height }, height: y + height };
}

/** @param {Plan} plan @param {number} width @param {Shape["work"]} work @param {number} own width of the arithmetic @returns {Plan} */
function alongside(plan, width, work, own) {
  const height = work.height(own);
  const tall = Math.max(plan.height, height);
  const parts = [plan.target, plan.words, ...(plan.sources ? [plan.sources] : [])];
  const [left, right] = [Math.min(...parts.map(({ x }) => x)), Math.max(...parts.map(({ x, width }) => x + width))];
  const x = Math.max(0, Math.floor((width - (right - left) - own - APART) / 2)) - left;
  const y = Math.floor((tall - plan.height) / 2);
  const moved = (/** @type {Rect} */ rect) => ({ ...rect, x: rect.x + x, y: rect.y + y });
  return {
    ...plan,
    sources: plan.sources && moved(plan.sources),
    node: moved(plan.node),
    target: moved(plan.target),
    words: moved(plan.words),
    work: { x: right + x + APART, y: Math.floor((tall - height) / 2), width: own, height },
    height: tall,
  };
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
  const size = cells ? Math.min(SHEET_TARGET, Math.floor(width / 2)) : shape.swatch;
  const high = cells ? Math.round((size * cells.rows) / cells.columns) : size;
  const target = { x: 0, y: CAPTION, width: size, height: high };
  const beside = width - size - SPACE;
  const words = { x: size + SPACE, y: CAPTION, width: beside, height: shape.words(beside) };
  let y = CAPTION + Math.max(high, words.height) + SPACE;
  const title = sources ? shape.title(width) : 0;
  const most = Math.min(mostOf(sources?.count ?? 1, width), SHEET_TARGET);
  const tilings = sources ? arrangeTiles(sources, width, width, most) : [];
  const tiles = tilings.length ? tilings.reduce((a, b) => (b.map > a.map ? b : a)) : null;
  const list = tiles && { x: 0, y, width, height: title + Math.min(tiles.height, width) };
  y += list ? list.height + SPACE : 0;
  const work = { x: 0, y, width, height: shape.work.height(width) };
  const node = { x: 0, y, width: 0, height: 0 };
  return { sources: list, tiles, title, long: width, node, target, words, work, height: y + work.height, ease: 1 };
}

/** Mirror a plan, from right to left. @param {Plan} plan @param {number} width @returns {Plan} */
function mirrored(plan, width) {
  const flip = (/** @type {Rect} */ rect) => ({ ...rect, x: width - rect.x - rect.width });
  const under = plan.words.x === plan.target.x;
  const column = { ...plan.target, width: Math.max(plan.target.width, plan.words.width) };
  return {
    ...plan,
    sources: plan.sources && flip(plan.sources),
    node: flip(plan.node),
    target: under ? { ...plan.target, x: flip(column).x } : flip(plan.target),
    // Words under the map begin where it does.
    words: under ? { ...plan.words, x: flip(column).x } : flip(plan.words),
    work: flip(plan.work),
  };
}

/** @param {number} from @param {number} to @param {number} step down */
function range(from, to, step) {
  return Array.from({ length: Math.floor((from - to) / step) + 1 }, (_, index) => from - index * step);
}
