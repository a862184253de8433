// Component module: labelled maps in frames, a legend, the value under the pointer, and the number that they lead to.

/** @import { Colors, Palette, Scale } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { MapData } from "./figure.js" */
import { makeScales, themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { makeFigure } from "./figure.js";

export const skeleton = '<div class="map-board"></div>';

const NARROWEST = 64; // least width of a map while the page is being built
const BESIDE = 30; // room for a sign and a frame beside a map

/**
 * @typedef {object} BoardData
 * @property {MapData[]} maps
 * @property {Uint8Array} values float32 of all maps, one after the other
 * @property {Uint8Array} marks of those maps that have some
 * @property {[string, string] | null} result number and sentence
 * @property {number} side
 * @property {boolean} beside whether the result is beside the maps
 * @property {string} name
 * @property {Record<string, string>} facts
 * @property {number} taken number of the last pick that Python has handled
 * @property {Words} text
 * @property {Palette} palette
 *
 * @typedef {object} Board
 * @property {string} form of the maps that have elements now
 * @property {ReturnType<typeof makeFigure>[]} figures
 * @property {HTMLElement[]} headings of the frames
 * @property {HTMLElement} number
 * @property {HTMLElement} sentence
 * @property {HTMLElement} result
 * @property {HTMLElement} frames
 * @property {HTMLElement} legend
 * @property {HTMLElement} readout
 * @property {Component<BoardData>["setStateValue"]} send
 * @property {number} picked
 * @property {number} width of the board, kept because to ask for it costs a layout; 0 before the first value
 * @property {() => void} fit draws the maps again in this width
 * @property {ResizeObserver} observer
 */

/** @type {WeakMap<Element, Board>} */
const boards = new WeakMap();

/** @type {Map<Colors, Record<string, Scale>>} */
const scalesOf = new Map();

/** @param {Component<BoardData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".map-board"));
  const board = boards.get(root) ?? makeBoard(root);
  boards.set(root, board);
  board.send = setStateValue;
  board.picked = Math.max(board.picked, data.taken);
  const colors = data.palette[themeOf(root)];
  const scales = scalesOf.get(colors) ?? makeScales(colors);
  scalesOf.set(colors, scales);
  root.style.setProperty("--accent", colors.accent);
  const form = JSON.stringify(data.maps.map((map) => [!map.group, map.group && groupOf(data.maps, map)]));
  if (form !== board.form) build(board, data.maps);
  board.form = form;
  write(board.number, data.result?.[0] ?? "");
  write(board.sentence, data.result?.[1] ?? "");
  board.result.hidden = !data.result;
  board.width ||= root.clientWidth;
  board.fit = () => showMaps(board, data, scales);
  board.fit();
  for (const [index, group] of groupsOf(data.maps).entries()) {
    write(board.headings[index], group[0].group);
    board.headings[index].hidden = !group[0].group;
  }
  showLegend(board, data.maps, scales);
  root.classList.toggle("is-beside", data.beside);
  root.dataset.testid = data.name;
  for (const [name, value] of Object.entries(data.facts)) root.dataset[name] = value;
  return () => board.observer.disconnect();
}

/** @param {Board} board @param {BoardData} data @param {Record<string, Scale>} scales */
function showMaps(board, data, scales) {
  const width = Math.max(NARROWEST, Math.min(data.side, (board.width || data.side) - BESIDE));
  let [offset, marked] = [data.values.byteOffset, 0];
  for (const [index, map] of data.maps.entries()) {
    const size = map.rows * map.columns;
    const values = new Float32Array(data.values.buffer, offset, size);
    const marks = data.marks.subarray(marked, map.marked ? marked + size : marked);
    offset += 4 * size;
    marked += marks.length;
    board.figures[index].show(map, values, marks, scales[map.scale], width, data.text);
  }
}

/** @param {HTMLElement} root @returns {Board} */
function makeBoard(root) {
  const number = make("strong", { class: "number" });
  const sentence = make("span", { class: "sentence" });
  const result = make("p", { class: "result" }, [number, sentence]);
  const frames = make("div", { class: "frames" });
  const legend = make("div", { class: "legend" });
  const readout = make("p", { class: "readout", role: "status" });
  root.replaceChildren(result, frames, make("div", { class: "foot" }, [legend, readout]));
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === board.width || !contentRect.width) return;
    board.width = contentRect.width;
    board.fit();
  });
  observer.observe(root);
  /** @type {Board} */
  const board = {
    form: "",
    figures: [],
    headings: [],
    number,
    sentence,
    result,
    frames,
    legend,
    readout,
    send: () => {},
    picked: 0,
    width: 0,
    fit: () => {},
    observer,
  };
  return board;
}

/** @param {Board} board @param {MapData[]} maps */
function build(board, maps) {
  const say = (/** @type {string} */ line) => write(board.readout, line);
  board.figures = maps.map((_, map) =>
    makeFigure(say, (row, column) => board.send("picked", { map, row, column, revision: ++board.picked })),
  );
  board.headings = [];
  let next = 0;
  const frames = groupsOf(maps).map((group) => {
    const heading = make("p", { class: "heading" });
    board.headings.push(heading);
    const own = board.figures.slice(next, next + group.length).map(({ element }) => element);
    next += group.length;
    return make("section", { class: group[0].group ? "group framed" : "group" }, [
      heading,
      make("div", { class: "row" }, own),
    ]);
  });
  board.frames.replaceChildren(...frames);
}

/** Maps that follow one another in a frame; all without a heading stand in one. @param {MapData[]} maps @returns {MapData[][]} */
function groupsOf(maps) {
  /** @type {MapData[][]} */
  const found = [];
  for (const map of maps) {
    const last = found.at(-1);
    if (last && last[0].group === map.group) last.push(map);
    else found.push([map]);
  }
  return found;
}

/** @param {MapData[]} maps @param {MapData} map @returns {number} number of the frame that it is in */
function groupOf(maps, map) {
  return groupsOf(maps).findIndex((group) => group.includes(map));
}

/** @param {Board} board @param {MapData[]} maps @param {ReturnType<typeof makeScales>} scales */
function showLegend(board, maps, scales) {
  const seen = new Map(maps.filter(({ legend }) => legend).map((map) => [map.legend, map]));
  board.legend.replaceChildren(
    ...Array.from(seen, ([name, map]) => {
      const scale = scales[map.scale];
      const bar = make("span", { class: "bar", "aria-hidden": "true" });
      bar.style.background = scale.gradient;
      return make("span", { class: "scale" }, [
        make("span", { class: "of", text: name }),
        make("span", { text: scale.signed ? formatNumber(-map.reach, 3) : "0" }),
        bar,
        make("span", { text: formatNumber(map.reach, 3) }),
      ]);
    }),
  );
}
