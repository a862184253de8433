// The maps that an open unit reads, the sum and the result, from left to right.

/** @import { Rect } from "./layout.js" */
/** @import { Plan, Shape } from "./zoom_layout.js" */
/** @import { Tiles } from "./zoom_tiles.js" */
import { arrangeTiles, CAPTION } from "./zoom_tiles.js";

export const SPACE = 16;
const NODE = 72; // between the maps that are read and the result, with the sum
const [WORDS, FEW_WORDS] = [176, 150]; // width of the words about the result: a map's, and a vector's unit's
const ARROW = 36; // room for an arrow to the arithmetic between two maps, and from it
const [LEAST_LIST, LEAST_BETWEEN] = [96, 120]; // widths
const LARGEST = 280;
const TITLE = 196; // width that the title has in any case
const TALL = 900; // height of a list in which maps may be larger
const EASY = 480; // width of arithmetic that is wide enough

/**
 * Stages with the result's map in one size.
 *
 * @param {Shape} shape
 * @param {number} width
 * @param {number} height
 * @param {{size: number, aside: boolean}} option width of the result's map, and whether the words are beside it
 * @param {number} between width of the arithmetic in the place of the sum, 0 if it is elsewhere
 * @returns {Plan[]} none if they don't fit
 */
export function stages(shape, width, height, { size, aside }, between) {
  const { sources, target: cells, work } = shape;
  const high = cells ? Math.round((size * cells.rows) / cells.columns) : size;
  const talk = cells ? WORDS : FEW_WORDS;
  const said = shape.words(talk);
  const column = aside ? size + SPACE + talk : Math.max(size, talk);
  const tall = CAPTION + (aside ? Math.max(high, said) : high + SPACE / 2 + said);
  const figure = between > 0;
  const middle = sources || !figure ? between : work.used(Math.min(between, width - column - ARROW));
  const gap = figure ? middle + (sources ? 2 : 1) * ARROW : NODE;
  const left = width - column - gap;
  if (tall > height || left < (sources ? LEAST_LIST : 0) || (figure && middle < LEAST_BETWEEN)) return [];
  const long = left + NODE - SPACE; // the title may stand over the sum as well
  const title = sources ? shape.title(figure ? LEAST_LIST : Math.min(long, TITLE)) : 0;
  const most = Math.floor(figure ? Math.min(left, cells ? size : LARGEST) : mostOf(sources?.count ?? 1, height));
  const tilings = sources ? arrangeTiles(sources, left, height - title, most) : [null];
  const worked = figure ? work.height(middle) : 0;
  return tilings.filter((tiles) => !tiles || tiles.width <= left).map(placed);

  /** @param {Tiles | null} tiles @returns {Plan} */
  function placed(tiles) {
    const listed = tiles ? Math.min(tiles.height, height - title) : 0;
    const used = Math.max(tall, worked, title + listed);
    // What is left of the width is at both ends.
    const wide = tiles?.width ?? 0;
    const end = (left - wide) / 2 + wide;
    const target = { x: end + gap, y: (used - tall) / 2 + CAPTION, width: size, height: high };
    const center = target.y + high / 2;
    const around = (/** @type {number} */ own, /** @type {number} */ before) =>
      Math.max(0, Math.min(used - own - before, center - own / 2 - before));
    const list = tiles && { x: end - wide, y: around(listed, title), width: wide, height: title + listed };
    const node = figure
      ? { x: end, y: center, width: gap, height: 0 }
      : { x: end + gap / 2 - NODE / 4, y: center - NODE / 4, width: NODE / 2, height: NODE / 2 };
    const words = aside
      ? { x: target.x + size + SPACE, y: target.y, width: talk, height: said }
      : { x: target.x, y: target.y + high + SPACE / 2, width: talk, height: said };
    const before = sources ? ARROW : 0;
    return {
      sources: list && whole(list),
      tiles,
      title,
      long: figure ? wide : Math.max(0, Math.min(long, wide + gap - SPACE)),
      node: whole(node),
      target: whole(target),
      words: whole(words),
      work: whole({ x: end + before, y: figure ? around(worked, 0) : 0, width: middle, height: worked }),
      height: Math.ceil(used),
      ease: figure ? Math.min(1, middle / Math.min(work.width, sources ? EASY / 2 : EASY)) : 1,
    };
  }
}

/** Rectangle on whole pixels, on which maps are sharp. @param {Rect} rect @returns {Rect} */
function whole(rect) {
  return { ...rect, x: Math.round(rect.x), y: Math.round(rect.y) };
}

/** Largest width of one of several maps that are read. @param {number} count @param {number} height of their list */
export function mostOf(count, height) {
  if (height >= TALL && count <= 8) return 140;
  return count === 1 ? 200 : count <= 3 ? 140 : count <= 8 ? 96 : 72;
}
