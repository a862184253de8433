// All numbers of a parameter: before the step, its gradient and after the step, and the gradient as a picture.

/** @import { File } from "./host.js" */
import { entryOf, makeScales } from "../components/shared/colors.js";
import { fill, make, write } from "../components/shared/dom.js";
import { formatNumber } from "../components/shared/numbers.js";
import { makeTable, rich } from "./page_parts.js";

const PARTS = ["before", "gradient", "after"];
const DIGITS = 7;
const DARK = "(prefers-color-scheme: dark)";

/**
 * @typedef {object} ParameterWords
 * @property {string} name
 * @property {number[]} shape
 * @property {string} words
 * @property {string} missing why it has no gradient, "" where it has one
 */

/**
 * @param {number} place counted along a row @param {number} row of the parameter's first axis @param {number[]} shape
 * @returns {string} index of an entry, such as [3, 0, 1, 2]
 */
export function indexOf(place, row, shape) {
  const rest = shape.slice(1);
  const index = rest.map((_, axis) => {
    const behind = rest.slice(axis + 1).reduce((product, size) => product * size, 1);
    return Math.floor(place / behind) % rest[axis];
  });
  return `[${[row, ...index].join(", ")}]`;
}

/** @param {File} given @returns {Node[]} */
export function makeParameters(given) {
  const { page, words, palette } = given;
  const options = page.parameters.map(({ name }, place) => make("option", { value: place, text: name }));
  const choice = make("select", {}, options);
  const row = make("input", { type: "number", min: 0, value: 0, step: 1 });
  const canvas = make("canvas", { role: "img" });
  const [about, missing, caption, table] = [make("p"), make("p"), make("p", { class: "note" }), make("div")];

  /** @param {number} place @param {string} part @returns {Float32Array | null} */
  function numbers(place, part) {
    const bytes = given[`parameter-${place}-${part}`];
    return bytes ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) : null;
  }

  function sizes() {
    const { shape } = page.parameters[Number(choice.value)];
    const all = shape.reduce((product, size) => product * size, 1);
    // A vector is one row, so that its table has all of its numbers.
    const rows = shape.length > 1 ? shape[0] : 1;
    return { rows, columns: all / rows, shape };
  }

  function show() {
    const place = Number(choice.value);
    const { name, words: said, missing: reason } = page.parameters[place];
    const { rows } = sizes();
    row.max = String(rows - 1);
    row.disabled = rows < 2;
    row.value = "0";
    write(about, said);
    missing.replaceChildren(...rich(reason));
    missing.hidden = !reason;
    const gradient = numbers(place, "gradient");
    canvas.hidden = caption.hidden = !gradient;
    if (gradient) paint(name, gradient);
    showRow();
  }

  /** @param {string} name @param {Float32Array} gradient */
  function paint(name, gradient) {
    const { rows, columns } = sizes();
    const end = gradient.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
    const { table } = makeScales(palette[matchMedia(DARK).matches ? "dark" : "light"]).diverging;
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.setProperty("--rows", String(rows));
    const picture = new ImageData(columns, rows);
    const colors = new Uint32Array(picture.data.buffer);
    gradient.forEach((value, index) => {
      colors[index] = table[entryOf(value, end, true)];
    });
    canvas.getContext("2d")?.putImageData(picture, 0, 0);
    const said = fill(words.picture, { name, low: formatNumber(-end, 3), high: formatNumber(end, 3) });
    canvas.setAttribute("aria-label", said);
    write(caption, said);
  }

  function showRow() {
    const place = Number(choice.value);
    const { rows, columns, shape } = sizes();
    const at = Math.max(0, Math.min(rows - 1, Math.trunc(Number(row.value)) || 0));
    const parts = PARTS.map((part) => numbers(place, part));
    const lines = Array.from({ length: columns }, (_, column) => [
      shape.length > 1 ? indexOf(column, at, shape) : `[${column}]`,
      ...parts.map((values) => (values ? formatNumber(values[at * columns + column], DIGITS) : words.none)),
    ]);
    table.replaceChildren(
      makeTable(page.parameters[place].name, [words.index, ...PARTS.map((part) => words[part])], lines),
    );
  }

  choice.onchange = show;
  row.onchange = showRow;
  canvas.onclick = (event) => {
    row.value = String(Math.floor((event.offsetY / canvas.clientHeight) * sizes().rows));
    showRow();
  };
  matchMedia(DARK).addEventListener("change", show);
  show();
  return [
    make("div", { class: "fields" }, [
      make("label", {}, [make("span", { text: words["parameter-choice"] }), choice]),
      make("label", {}, [make("span", { text: words.row }), row]),
    ]),
    about,
    missing,
    canvas,
    caption,
    table,
  ];
}
