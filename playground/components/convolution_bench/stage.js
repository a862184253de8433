// The row of input, kernel and output.

/** @import { Colors, Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
/** @import { Bench, BenchData } from "./bench.js" */
/** @import { Cell } from "./cells.js" */
import { endOf } from "../network_view/detail_parts.js";
import { fill, make, write } from "../shared/dom.js";
import { cellsReached, cellsReaching, cellsRead } from "./cells.js";
import { makeAlert } from "./controls.js";
import { makeMap } from "./map.js";
import { dotCells, frameCells, markPadding, veil } from "./marks.js";
import { makeNumberEditor } from "./number_editor.js";

const BRUSH = "1";
const PIN = 9; // width of the dot at a pinned cell
const WIDE = 24; // a cell in which a dot is beside the middle

/**
 * @param {Words} text
 * @param {object} on
 * @param {(name: string, value: string) => void} on.change
 * @param {(map: "input" | "output", cell: Cell) => void} on.point
 * @param {(cell: Cell) => void} on.pin
 * @param {(event: KeyboardEvent) => void} on.key
 */
export function makeStage(text, on) {
  const input = makeMap("map-input", { "data-testid": "convolution-input" });
  const output = makeMap("map-output", { "data-testid": "convolution-output", role: "application", tabindex: 0 });
  const cellName =
    (/** @type {string} */ key) =>
    (/** @type {number} */ channel, /** @type {number} */ row, /** @type {number} */ column) =>
      fill(text[key], { channel, row, column });
  const kernel = makeNumberEditor("kernel", cellName("kernel_cell"), (written) => on.change("weights", written));
  const grid = makeNumberEditor("grid", cellName("grid_cell"), (written) => on.change("cells", written));
  const [kernelAlert, gridAlert] = [makeAlert("problem-kernel-cells"), makeAlert("problem-grid-cells")];
  const [inputCaption, kernelCaption, outputCaption] = ["input", "kernel", "output"].map(() => make("figcaption"));
  const brush = make("input", { type: "checkbox" });
  const brushValue = make("input", {
    type: "text",
    inputmode: "decimal",
    value: BRUSH,
    "aria-label": text.brush_value,
  });
  const tools = make("div", { class: "brush" }, [
    make("label", {}, [brush, make("span", { text: text.brush })]),
    brushValue,
  ]);
  input.element.append(grid.element);
  const sign = (/** @type {string} */ one) => make("span", { class: "stage-sign", text: one, "aria-hidden": "true" });
  const [times, equals] = [sign("\u2217"), sign("=")];
  const kernelFigure = make("figure", { class: "stage-kernel" }, [kernelCaption, kernel.element, kernelAlert.element]);
  const element = make("div", { class: "stage" }, [
    make("figure", {}, [inputCaption, input.element, input.legend, tools, gridAlert.element]),
    times,
    kernelFigure,
    equals,
    make("figure", {}, [outputCaption, output.element, output.legend]),
  ]);
  /** @type {Bench} */
  let bench;
  let inks = { accent: "", ground: "", line: "" };
  let painting = false;

  input.element.onpointermove = (event) => {
    const cell = input.cellAt(event);
    if (painting) paint(event);
    on.point("input", cell);
  };
  input.element.onpointerdown = (event) => {
    if (tools.hidden || !brush.checked) return;
    event.preventDefault();
    input.element.setPointerCapture(event.pointerId);
    painting = true;
    paint(event);
  };
  input.element.onpointerup = input.element.onpointercancel = () => {
    if (painting) grid.send();
    painting = false;
  };
  input.element.onclick = () => {
    if (bench && grid.element.hidden) output.canvas.focus({ preventScroll: true });
  };
  output.element.onpointermove = (event) => on.point("output", output.cellAt(event));
  output.element.onclick = (event) => on.pin(output.cellAt(/** @type {PointerEvent} */ (event)));
  output.canvas.onkeydown = on.key;

  /** @param {PointerEvent} event */
  function paint(event) {
    const { row, column } = input.cellAt(event);
    const [, rows, columns] = bench.inShape;
    const [y, x] = [row - bench.margin, column - bench.margin];
    if (y < 0 || x < 0 || y >= rows || x >= columns) return;
    grid.paint((input.unitAt(event) * rows + y) * columns + x, brushValue.value);
  }

  return {
    element,
    output,
    inks: () => inks,
    /** @param {Bench} shown @param {BenchData} data @param {{scales: Record<string, Scale>, colors: Colors, side: number, pending: ReadonlySet<string>}} look */
    show(shown, data, { scales, colors, side, pending }) {
      bench = shown;
      if (inks.accent !== colors.accent) {
        const style = getComputedStyle(element);
        const ground = style.getPropertyValue("--st-background-color").trim();
        inks = { accent: colors.accent, ground, line: style.color };
      }
      const { padded, inShape, outShape, window } = bench;
      const tint = { scale: scales[data.scale], range: endOf(bench.x) };
      const common = { colors, cell: side };
      const { values, rows, columns } = padded;
      input.show({ ...common, ...tint, values, units: inShape[0], rows, columns, numbers: !data.editable });
      const own = bench.pools ? tint : { scale: scales.diverging, range: endOf(bench.output) };
      const [, high, wide] = outShape;
      output.show({ ...common, ...own, values: bench.output, units: 1, rows: high, columns: wide, numbers: true });
      const size = `${inShape[1]}\u00d7${inShape[2]}`;
      const channels = inShape[0] > 1 ? `${inShape[0]}\u00d7` : "";
      write(inputCaption, fill(text.input, { caption: data.caption, size: channels + size }));
      write(
        outputCaption,
        fill(text.output, { size: `${high}\u00d7${wide}`, channel: bench.channel, count: outShape[0] }),
      );
      const margin = bench.margin ? fill(text.with_padding, { padding: bench.margin }) : "";
      input.canvas.setAttribute("aria-label", `${inputCaption.textContent}${margin}`);
      output.canvas.setAttribute("aria-label", fill(text.output_label, { name: outputCaption.textContent ?? "" }));
      output.canvas.dataset.shape = `${high}x${wide}`;

      grid.element.hidden = tools.hidden = !data.editable;
      gridAlert.show(data.problems.grid ? [data.problems.grid] : []);
      if (data.editable) {
        grid.show(bench.x, inShape, tint, { refused: "grid" in data.problems, pending: pending.has("cells") });
        grid.element.style.setProperty("--cell", `${side}px`);
        grid.tables().forEach((table, unit) => {
          const { x, y } = input.cornerOf(unit);
          table.style.translate = `${x + bench.margin * side}px ${y + bench.margin * side}px`;
        });
      }
      kernelFigure.hidden = times.hidden = bench.pools;
      write(equals, bench.pools ? "\u2192" : "=");
      if (bench.pools) return;
      write(kernelCaption, fill(text.kernel_caption, { size: window.kernel.join("\u00d7") }));
      const weights = { scale: scales.diverging, range: endOf(bench.kernel) };
      const typing = { refused: "kernel" in data.problems, pending: pending.has("weights") };
      kernel.show(bench.kernel, [bench.count, ...window.kernel], weights, typing);
      kernel.element.classList.toggle("is-several", bench.count > 1);
      kernelAlert.show(data.problems.kernel ? [data.problems.kernel] : []);
    },
    /**
     * Draw what follows the window.
     *
     * @param {Bench} shown
     * @param {Cell} cell of the output
     * @param {{pinned: boolean, source: Cell | null, playing: boolean}} state
     */
    mark(shown, cell, { pinned, source, playing }) {
      const { window, transposed, margin, inShape, outShape, first, count } = shown;
      input.clear();
      output.clear();
      for (let unit = 0; unit < inShape[0]; unit++)
        if (unit < first || unit >= first + count) veil(input, unit, 0, inks.ground);
      if (!transposed) markPadding(input, margin, inks);
      if (shown.winners) {
        const roomy = input.face().cell > WIDE;
        const beside = roomy ? 0.32 : 0; // so that a number in the cell can be read
        const won = Array.from(new Set(shown.winners), (place) => ({
          row: Math.floor(place / inShape[2]) + margin + beside,
          column: (place % inShape[2]) + margin + beside,
        }));
        dotCells(input, won, inks, roomy ? 0.2 : 0.3);
      }
      const apart = window.dilation > 1;
      const read = source
        ? [source]
        : transposed
          ? cellsReaching(window, cell, inShape)
          : cellsRead(window, cell).map(({ row, column }) => ({ row: row + margin, column: column + margin }));
      const { rows, columns } = input.face();
      const drawn = read.filter(({ row, column }) => row >= 0 && column >= 0 && row < rows && column < columns);
      for (let unit = first; unit < first + count; unit++) frameCells(input, unit, drawn, inks, apart);
      if (playing) veil(output, 0, cell.row * outShape[2] + cell.column + 1, inks.ground);
      if (source) frameCells(output, 0, cellsReached(window, source, outShape), inks, apart);
      else frameCells(output, 0, [cell], inks, false);
      // At the cell's corner, so that its number can be read.
      const corner = { row: cell.row - 0.5, column: cell.column + 0.5 };
      if (pinned) dotCells(output, [corner], inks, Math.max(0.2, PIN / output.face().cell));
    },
  };
}
