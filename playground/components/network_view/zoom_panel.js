// Puts the parts of an open unit's panel in their places, and measures those whose height depends on their text.

/** @import { Panel } from "./detail.js" */
/** @import { Zoom } from "./zoom_layout.js" */
import { arrangeZoom } from "./zoom_layout.js";

const SWATCH = 56; // side of the one cell of a vector's unit
const NARROW = 280; // least width in pixels of sentences
const WIDEST = 1200; // width in pixels of arithmetic without a line break

/**
 * @param {HTMLElement} element the panel
 * @param {Panel} panel
 * @param {{width: number, height: number, sheet: boolean}} box
 * @param {number} reserved height of the arithmetic that it has needed before
 * @returns {Zoom}
 */
export function placePanel(element, panel, box, reserved) {
  const { layer } = panel.place;
  const { read, element: work, least = { width: 0, height: 0 } } = panel.worked;
  const back = layer.state === "gradient";
  const zoom = arrangeZoom({
    ...box,
    back,
    sources: read
      ? { count: read.tiles.length, rows: read.layer.rows, columns: read.layer.columns, kernel: read.kernel }
      : null,
    target: layer.vector ? null : { rows: layer.rows, columns: layer.columns },
    swatch: panel.swatch ? SWATCH : 0,
    head: (width) => heightAt(panel.head, width),
    title: (width) => (read?.title ? heightAt(read.title, width) : 0),
    words: (width) => heightAt(panel.words, width),
    work: {
      width: Math.max(least.width, widthOf(work)),
      used: (width) => usedOf(work, width),
      height: (width) => Math.max(least.height, reserved, heightAt(work, width)),
    },
  });
  put(element, zoom.panel);
  const top = zoom.head.height;
  panel.head.style.width = "";
  panel.body.style.height = `${zoom.height - top}px`;
  const within = (/** @type {{x: number, y: number, width: number, height: number}} */ rect) => ({
    ...rect,
    y: rect.y - top,
  });
  put(panel.figure, within(zoom.target));
  put(panel.words, within(zoom.words), false);
  put(work, within(zoom.work), false);
  if (read && zoom.sources && zoom.tiles) {
    const { tiles, map, kernel, form, scrolls, width: all } = zoom.tiles;
    const mirrored = back && !box.sheet;
    put(read.element, within(zoom.sources));
    read.element.dataset.form = form;
    read.element.classList.toggle("is-back", mirrored);
    read.element.style.setProperty("--part", `${map}px`);
    read.element.style.setProperty("--kernel", `${kernel}px`);
    read.list.style.height = `${zoom.sources.height - zoom.title}px`;
    read.list.classList.toggle("is-scrolled", scrolls);
    if (read.title) Object.assign(read.title.style, { width: `${zoom.long}px`, height: `${zoom.title}px` });
    read.list.style.marginTop = `${zoom.title}px`;
    read.tiles.forEach((tile, index) => {
      const place = tiles[panel.places?.[index] ?? index];
      const { x, width } = place;
      put(tile, { ...place, x: mirrored && form === "row" ? all - x - width : x });
    });
  }
  return zoom;
}

/** @param {HTMLElement} element @param {number} width @returns {number} */
function heightAt(element, width) {
  element.style.width = `${width}px`;
  element.style.height = "";
  return element.offsetHeight;
}

/** @param {HTMLElement} element @param {number} width that there is @returns {number} width that its tables and pictures need */
function usedOf(element, width) {
  element.style.width = `${width}px`;
  const { left } = element.getBoundingClientRect();
  const parts = [...element.querySelectorAll("canvas, table, .equation-term")].map((part) =>
    part.getBoundingClientRect(),
  );
  return Math.min(width, Math.ceil(Math.max(NARROW, ...parts.map(({ right }) => right - left))));
}

/** @param {HTMLElement} element @returns {number} width without line breaks */
function widthOf(element) {
  element.style.width = "max-content";
  return Math.min(WIDEST, element.offsetWidth);
}

/** @param {HTMLElement} element @param {{x: number, y: number, width: number, height: number}} rect @param {boolean} [tall] whether to set the height */
function put(element, { x, y, width, height }, tall = true) {
  const { style } = element;
  style.left = `${x}px`;
  style.top = `${y}px`;
  style.width = `${width}px`;
  if (tall) style.height = `${height}px`;
}
