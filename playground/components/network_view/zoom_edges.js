// Edges of an open unit: from each map that is read through its kernel to the sum, and on to the result.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Rect } from "./layout.js" */
/** @import { Zoom } from "./zoom_layout.js" */
/** @import { Tiles } from "./zoom_tiles.js" */
import { makeSvg } from "../shared/dom.js";
import { edgeColors } from "./edges.js";
import { curve } from "./layout.js";
import { GAP, NAME, PAD } from "./zoom_tiles.js";

const [THIN, THICK] = [1, 5]; // width in pixels of the smallest and the largest edge
const RADIUS = 15;
const APART = 6; // between the edges of two columns
const HEAD = 5; // half of the width of an arrow's head
const CLEAR = 6; // between an arrow and the map that it leads to

/**
 * @param {Zoom} zoom
 * @param {boolean} back true from right to left
 * @returns {{sources: string[], result: string[], node: {x: number, y: number} | null}} SVG paths from the panel's
 *     corner: of each source's edge, one for all where they stand in a grid, and of the arrows
 */
export function edgePaths({ sources, tiles, title, node, target, work }, back) {
  const arrow = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ y) => {
    const head = back ? HEAD : -HEAD;
    return Math.abs(to - from) < 2 * HEAD
      ? ""
      : `M${from} ${y}H${to}M${to + head} ${y - HEAD}L${to} ${y}L${to + head} ${y + HEAD}`;
  };
  const middle = target.y + target.height / 2;
  const end = back ? target.x + target.width + CLEAR : target.x - CLEAR;
  if (!node.width) return { sources: [], result: [], node: null }; // everything is one under the other
  if (node.height === 0) {
    // The arithmetic is between the map and the result.
    const [near, far] = back ? [work.x + work.width, work.x] : [work.x, work.x + work.width];
    const start = back ? (sources?.x ?? 0) - CLEAR : (sources?.x ?? 0) + (sources?.width ?? 0) + CLEAR;
    const first = sources ? [arrow(start, back ? near + CLEAR : near - CLEAR, middle)] : [];
    return { sources: [], result: [...first, arrow(back ? far - CLEAR : far + CLEAR, end, middle)], node: null };
  }
  const center = { x: node.x + node.width / 2, y: node.y + node.height / 2 };
  const edge = (/** @type {Rect} */ rect) => {
    const goal = { x: center.x - RADIUS, y: center.y, width: 2 * RADIUS, height: 0 };
    return back ? curve(goal, rect, true) : curve(rect, goal, true);
  };
  const rows = sources && tiles?.form === "row" ? tiles : null;
  const paths = rows && sources ? rows.tiles.map((tile) => rowPath(tile, sources, rows)) : [];
  if (sources && !rows) {
    // One for all, straight if the sum is beside the list.
    const y = Math.max(sources.y + title, Math.min(sources.y + sources.height, center.y));
    paths.push(edge({ ...sources, y, height: 0 }));
  }
  return { sources: paths, result: [arrow(back ? center.x - RADIUS : center.x + RADIUS, end, middle)], node: center };

  /** Path from a map through its kernel and, under those of further columns, to the list's end. @param {Rect} tile @param {Rect} list @param {Tiles} all */
  function rowPath(tile, list, all) {
    const column = Math.round(tile.x / (tile.width + GAP));
    const y = list.y + title + tile.y + tile.height / 2 + (column - (all.across - 1) / 2) * APART;
    const map = NAME + PAD + all.map;
    const [start, last] = back
      ? [list.x + list.width - tile.x - map, list.x]
      : [list.x + tile.x + map, list.x + list.width];
    return `M${start} ${y}H${last}${edge({ x: last, y, width: 0, height: 0 })}`;
  }
}

export function makeZoomEdges() {
  const element = makeSvg("svg", { class: "zoom-edges", "aria-hidden": "true" });
  /** @type {SVGElement[]} */
  let edges = [];
  return {
    element,
    /** @param {Zoom} zoom @param {boolean} back @param {string} sum text in the node */
    place(zoom, back, sum) {
      const { sources, result, node } = edgePaths(zoom, back);
      element.setAttribute("width", String(zoom.panel.width));
      element.setAttribute("height", String(zoom.height));
      element.style.top = `${-zoom.head.height}px`;
      edges = sources.map((d) => makeSvg("path", { d, class: "zoom-edge" }));
      const arrows = result.filter(Boolean).map((d) => makeSvg("path", { d, class: "zoom-arrow" }));
      element.replaceChildren(...edges, ...arrows);
      if (!node) return;
      const label = makeSvg("text", { x: node.x, y: node.y, class: "zoom-sum" });
      label.textContent = sum;
      element.append(makeSvg("circle", { cx: node.x, cy: node.y, r: RADIUS, class: "zoom-node" }), label);
    },
    /**
     * Show how much each source adds.
     *
     * @param {number[] | undefined} parts
     * @param {Scale} scale signed
     */
    show(parts, scale) {
      const [positive, negative] = edgeColors(scale);
      const most = Math.max(0, ...(parts ?? []).map(Math.abs).filter(Number.isFinite)) || 1;
      const one = edges.length === parts?.length;
      edges.forEach((edge, index) => {
        const part = one ? (parts?.[index] ?? 0) : 0;
        const share = Math.min(1, Math.abs(part) / most) || 0;
        edge.style.stroke = one ? (part < 0 ? negative : positive) : "";
        edge.style.strokeWidth = one ? `${(THIN + (THICK - THIN) * Math.sqrt(share)).toFixed(1)}px` : "";
      });
    },
  };
}
