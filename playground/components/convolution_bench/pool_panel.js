// Arithmetic of a pooling's cell, what one pixel changes, and the gradient's way back.

/** @import { Colors, Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
/** @import { Bench, BenchData } from "./bench.js" */
/** @import { Cell } from "./cells.js" */
import { matches } from "../network_view/arithmetic.js";
import { endOf, makeNumbers } from "../network_view/detail_parts.js";
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { cellsRead, isInside } from "./cells.js";
import { formulaOf } from "./formula.js";
import { makeMap } from "./map.js";
import { frameCells } from "./marks.js";

/** @param {Words} text */
export function makePoolPanel(text) {
  const grid = makeNumbers(text.window);
  const line = make("p", { class: "stage-line" });
  const verdict = make("p", { class: "verdict" });
  const formula = make("p", { class: "formula" });
  const [moved, difference, gradient] = ["moved", "difference", "gradient"].map((name) => {
    const map = makeMap(`map-${name}`);
    const caption = make("figcaption");
    const words = make("p", { class: "map-words" });
    return { map, caption, words, element: make("figure", {}, [caption, map.element, map.legend, words]) };
  });
  const element = make("div", { class: "consequences" }, [moved.element, difference.element, gradient.element]);
  const aside = make("div", { class: "stages aside" }, [grid.element, line, verdict, formula]);

  return {
    element,
    aside,
    /**
     * Show what holds for all cells.
     *
     * @param {Bench} bench
     * @param {BenchData} data
     * @param {Record<string, Scale>} scales
     * @param {Colors} colors
     * @param {number} cell side of a cell of the large maps
     */
    showMaps(bench, data, scales, colors, cell) {
      const [, rows, columns] = bench.outShape;
      const small = Math.max(2, Math.floor(cell * 0.55));
      const input = scales[data.scale];
      const common = { units: 1, colors, numbers: true };
      const move = text[`choice_${data.move}`];
      const shifted = bench.moved ?? new Float32Array();
      const lacks = shifted.map((value, place) => value - bench.output[place]);
      const face = { ...common, rows, columns, cell: Math.max(small, Math.floor((small * bench.inShape[1]) / rows)) };
      moved.map.show({ ...face, values: shifted, scale: input, range: endOf(bench.x) });
      difference.map.show({ ...face, values: lacks, scale: scales.diverging, range: endOf(bench.x) });
      const back = bench.gradient ?? new Float32Array();
      const [, high, wide] = bench.inShape;
      gradient.map.show({
        ...common,
        values: back,
        rows: high,
        columns: wide,
        cell: small,
        scale: scales.night,
        range: endOf(back),
      });
      const facts = { move, changed: data.changed ?? 0, count: rows * columns };
      write(moved.caption, fill(text.moved, facts));
      write(moved.words, fill(text.moved_words, facts));
      write(difference.caption, text.difference);
      write(difference.words, text.difference_words);
      write(gradient.caption, text.gradient);
      write(gradient.words, fill(text[`gradient_${bench.kind}`], { size: bench.window.kernel[0] }));
      for (const { map, caption } of [moved, difference, gradient])
        map.canvas.setAttribute("aria-label", caption.textContent ?? "");
    },
    /**
     * @param {Bench} bench
     * @param {Cell} cell
     * @param {{input: {scale: Scale, range: number}}} tints
     * @param {{accent: string, ground: string}} inks
     * @returns {{sum: number, agrees: boolean}}
     */
    show(bench, cell, { input }, inks) {
      const { window, inShape, outShape } = bench;
      const cells = cellsRead(window, cell);
      const columns = inShape[2];
      const at = (/** @type {Cell} */ one) => one.row * columns + one.column;
      const inside = cells.map((one) => isInside(one, inShape));
      const values = cells.map((one, place) => (inside[place] ? bench.x[at(one)] : 0));
      const place = cell.row * outShape[2] + cell.column;
      const value = bench.output[place];
      const winner = bench.winners ? bench.winners[place] : -1;
      const marked = cells.findIndex((one, index) => inside[index] && at(one) === winner);
      const largest = bench.kind === "max";
      grid.show(values, window.kernel[1], input, {
        marked,
        outside: (index) => !inside[index],
        missing: (index) => largest && !inside[index],
      });
      const total = values.reduce((sum, one) => sum + one, 0);
      const divisor = divisorOf(bench, cell);
      const sum = largest ? (values[marked] ?? Number.NaN) : total / divisor;
      const facts = { value: formatNumber(value), total: formatNumber(total), divisor };
      write(line, largest ? fill(text.wins, { ...facts, ...cells[marked] }) : fill(text.averages, facts));
      const size = largest ? 0 : values.reduce((all, one) => all + Math.abs(one), 0);
      const agrees = matches({ sum, size }, value);
      verdict.hidden = largest;
      write(
        verdict,
        fill(agrees ? text.agrees : text.disagrees, { sum: formatNumber(sum, 7), value: formatNumber(value, 7) }),
      );
      write(formula, formulaOf(bench, cell));
      for (const { map } of [moved, difference]) {
        map.clear();
        frameCells(map, 0, [cell], inks, false);
      }
      gradient.map.clear();
      const receives = largest ? [cells[marked]] : cells.filter((_, index) => inside[index]);
      frameCells(gradient.map, 0, receives.filter(Boolean), inks, false);
      return { sum, agrees };
    },
  };
}

/** Number by which an average is divided: cells of the window within the padded input. @param {Bench} bench @param {Cell} cell */
function divisorOf({ window, inShape }, cell) {
  const along = (/** @type {number} */ place, /** @type {number} */ side, /** @type {number} */ size) => {
    const start = place * window.stride - window.padding;
    return Math.min(start + size, side + window.padding) - start;
  };
  return along(cell.row, inShape[1], window.kernel[0]) * along(cell.column, inShape[2], window.kernel[1]);
}
