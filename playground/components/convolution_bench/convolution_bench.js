// Component module: input, kernel and output of a convolution or a pooling, and a window that moves over them.

/** @import { Colors, Scale, Theme } from "../shared/colors.js" */
/** @import { Component } from "../shared/types.js" */
/** @import { Bench, BenchData } from "./bench.js" */
/** @import { Cell } from "./cells.js" */
import { endOf } from "../network_view/detail_parts.js";
import { stepTo } from "../shared/cell_keys.js";
import { makeScales, themeOf } from "../shared/colors.js";
import { fill, make, write } from "../shared/dom.js";
import { makeAnswers } from "./answers.js";
import { readBench, strongest } from "./bench.js";
import { cellsReached, nearest } from "./cells.js";
import { makeControls } from "./controls.js";
import { layOut } from "./layout.js";
import { makeMover } from "./mover.js";
import { makePoolPanel } from "./pool_panel.js";
import { makeStage } from "./stage.js";
import { makeStagePanel } from "./stage_panel.js";

export const skeleton = '<div class="bench" data-testid="convolution-bench"></div>';

/** @type {WeakMap<Element, ReturnType<typeof makeBench>>} */
const benches = new WeakMap();

/** @param {Component<BenchData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".bench"));
  const bench = benches.get(root) ?? makeBench(root, data);
  benches.set(root, bench);
  bench.show(data, setStateValue);
  return () => {
    bench.close();
    benches.delete(root);
  };
}

/** @param {HTMLElement} root @param {BenchData} first */
function makeBench(root, { text }) {
  const answers = makeAnswers();
  /** @type {BenchData} */
  let data;
  /** @type {Bench} */
  let bench;
  /** @type {Cell} */
  let cell = { row: -1, column: -1 };
  let pinned = false;
  /** Cell of the input that is pointed at in a transposed convolution. @type {Cell | null} */
  let source = null;
  let width = 0;
  /** @type {{theme: Theme, colors: Colors, scales: Record<string, Scale>} | null} */
  let painted = null;

  const { change } = answers;
  const controls = makeControls(text, change);
  const stage = makeStage(text, { change, point, pin: togglePin, key: onKey });
  const mover = makeMover(text, { move: (index) => moveTo(cellOf(index)), pin: () => togglePin(), playing: mark });
  const [convolution, pooling] = [makeStagePanel(text), makePoolPanel(text)];
  const [size, code] = [make("p", { class: "size-formula" }), make("code", { class: "call" })];
  const where = make("p", { class: "where", "aria-live": "off" });
  const panel = make("section", { class: "panel", "data-testid": "convolution-stages", "aria-label": text.stages });
  root.replaceChildren(
    controls.element,
    stage.element,
    mover.element,
    panel,
    make("div", { class: "facts" }, [size, code]),
  );
  stage.output.canvas.onfocus = () => where.setAttribute("aria-live", "polite");
  stage.output.canvas.onblur = () => where.setAttribute("aria-live", "off");

  // Its width is read here alone: to ask for it after each change would have the browser lay out the whole page.
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return;
    width = contentRect.width;
    if (data) paint();
  });
  observer.observe(root);

  root.onpointerleave = answers.tell;

  /** @param {number} index @returns {Cell} */
  function cellOf(index) {
    const columns = bench.outShape[2];
    return { row: Math.floor(index / columns), column: index % columns };
  }

  /** @param {"input" | "output"} map @param {Cell} at under the pointer */
  function point(map, at) {
    if (pinned || mover.playing()) return;
    const inner = { row: at.row - bench.margin, column: at.column - bench.margin };
    source = map === "input" && bench.transposed ? inner : null;
    const next = map === "output" ? at : nearest(bench.window, inner, bench.outShape, bench.transposed);
    if (source || next.row !== cell.row || next.column !== cell.column) showCell(next);
  }

  /** Move the window away from a pinned cell as well. @param {Cell} next */
  function moveTo(next) {
    if (pinned) setPin(false);
    source = null;
    showCell(next);
  }

  /** @param {Cell} [at] */
  function togglePin(at = cell) {
    const same = at.row === cell.row && at.column === cell.column;
    mover.stop();
    source = null;
    setPin(!(pinned && same));
    showCell(at);
    if (pinned) change("pin", `${at.row},${at.column}`);
  }

  /** @param {boolean} on */
  function setPin(on) {
    if (pinned && !on) change("pin", "");
    pinned = on;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const [, rows, columns] = bench.outShape;
    const to = stepTo(event.key, [cell.row, cell.column], rows, columns);
    if (to) moveTo({ row: to[0], column: to[1] });
    else if (event.key === "Enter" || event.key === " ") togglePin();
    else if (event.key === "Escape" && pinned) moveTo(cell);
    else return;
    if (event.key.startsWith("Arrow")) mover.stop();
    event.preventDefault();
  }

  function look() {
    const theme = themeOf(root);
    if (painted?.theme !== theme) {
      const colors = data.palette[theme];
      painted = { theme, colors, scales: makeScales(colors) };
    }
    return painted;
  }

  /** @param {Cell} next */
  function showCell(next) {
    cell = next;
    const [, rows, columns] = bench.outShape;
    mover.show(cell, rows, columns, pinned);
    mark();
    const { scales } = look();
    const tints = { input: { scale: scales[data.scale], range: endOf(bench.x) }, diverging: scales.diverging };
    const worked = bench.pools ? pooling.show(bench, cell, tints, stage.inks()) : convolution.show(bench, cell, tints);
    const value = bench.output[cell.row * columns + cell.column];
    write(where, wordsOf());
    Object.assign(root.dataset, { row: cell.row, column: cell.column, value, sum: worked.sum, pinned });
    root.dataset.stop = `${cell.row},${cell.column}`;
  }

  /** Put a pooling's arithmetic beside its maps, where a convolution has its kernel, and a convolution's under them. */
  function arrange() {
    root.classList.toggle("is-pooling", bench.pools);
    const own = bench.pools ? pooling.element : convolution.element;
    if (own.parentElement === panel) return;
    if (bench.pools) {
      pooling.aside.prepend(where);
      stage.element.append(pooling.aside);
      panel.replaceChildren(own);
    } else panel.replaceChildren(where, own);
  }

  function wordsOf() {
    if (!source) return fill(pinned ? text.where_pinned : text.where, { ...cell });
    const count = cellsReached(bench.window, source, bench.outShape).length;
    return fill(text.where_source, { ...source, count, output_row: cell.row, output_column: cell.column });
  }

  function mark() {
    stage.mark(bench, cell, { pinned, source, playing: mover.playing() });
  }

  function paint() {
    if (!width) return;
    const { colors, scales } = look();
    root.style.setProperty("--accent", colors.accent);
    const { cell: side, stacked } = layOut(bench, width, data.editable, innerHeight);
    root.classList.toggle("is-stacked", stacked);
    stage.show(bench, data, { scales, colors, side, pending: answers.pending() });
    if (bench.pools) pooling.showMaps(bench, data, scales, colors, side);
    showCell(cell);
    root.dataset.seq = String(data.revision);
  }

  return {
    /** @param {BenchData} given @param {Component<BenchData>["setStateValue"]} setStateValue */
    show(given, setStateValue) {
      data = given;
      answers.take(data, setStateValue);
      const pending = answers.pending();
      bench = readBench(data);
      controls.show(data, pending);
      const [, rows, columns] = bench.outShape;
      if (!pending.has("pin")) {
        pinned = data.pin !== null;
        if (data.pin) cell = { row: data.pin[0], column: data.pin[1] };
      }
      if (cell.row < 0) cell = cellOf(strongest(bench.output));
      cell = { row: Math.min(cell.row, rows - 1), column: Math.min(cell.column, columns - 1) };
      source = null;
      arrange();
      const [high, wide] = data.formulas;
      write(size, high === wide ? fill(text.size_same, { formula: high }) : fill(text.size_both, { high, wide }));
      write(code, data.code);
      paint();
    },
    close() {
      mover.stop();
      answers.close();
      observer.disconnect();
    },
  };
}
