// Arithmetic of a convolution's cell: patch, kernel, products and sum of each channel, bias and output.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
/** @import { Bench } from "./bench.js" */
/** @import { Cell } from "./cells.js" */
import { matches } from "../network_view/arithmetic.js";
import { endOf, makeEquation, makeNumbers } from "../network_view/detail_parts.js";
import { fill, make, write } from "../shared/dom.js";
import { formatLike, formatNumber } from "../shared/numbers.js";
import { stagesOf } from "./bench.js";
import { formulaOf } from "./formula.js";

/** @param {Words} text */
export function makeStagePanel(text) {
  const rows = make("div", { class: "stage-rows" });
  const equation = makeEquation();
  const verdict = make("p", { class: "verdict" });
  const formula = make("p", { class: "formula" });
  const element = make("div", { class: "stages" }, [
    rows,
    make("div", { class: "stage-total" }, [equation.element, verdict]),
    formula,
  ]);
  /** @type {ReturnType<typeof makeRow>[]} */
  let channels = [];

  function makeRow() {
    const [patch, kernel, products] = [text.patch, text.kernel, text.products].map((one) => makeNumbers(one));
    const sum = make("div", { class: "stage-sum" }, [
      make("span", { class: "stage-name" }),
      make("span", { class: "stage-value" }),
    ]);
    const sign = (/** @type {string} */ one) => make("span", { class: "row-sign", text: one, "aria-hidden": "true" });
    const row = make("div", { class: "stage-row" }, [
      patch.element,
      sign("\u00d7"),
      kernel.element,
      sign("="),
      products.element,
      sign("\u2192"),
      sum,
    ]);
    return { row, patch, kernel, products, name: sum.children[0], value: sum.children[1] };
  }

  return {
    element,
    /**
     * @param {Bench} bench
     * @param {Cell} cell
     * @param {{input: {scale: Scale, range: number}, diverging: Scale}} tints
     * @returns {{sum: number, agrees: boolean}}
     */
    show(bench, cell, { input, diverging }) {
      const stages = stagesOf(bench, cell);
      if (channels.length !== stages.parts.length) {
        channels = stages.parts.map(makeRow);
        rows.replaceChildren(...channels.map(({ row }) => row));
      }
      const value = bench.output[cell.row * bench.outShape[2] + cell.column];
      const width = bench.window.kernel[1];
      const weights = { scale: diverging, range: endOf(bench.kernel) };
      const range = Math.max(...stages.parts.map((part) => part.most));
      const format = formatLike(value);
      stages.parts.forEach((part, place) => {
        const { patch, kernel, products, name, value: sum } = channels[place];
        const missing = (/** @type {number} */ at) => !part.inside[at];
        const channel = bench.first + place;
        const many = bench.inShape[0] > 1;
        write(patch.heading, many ? fill(text.patch_of, { channel }) : text.patch);
        write(kernel.heading, bench.window.flipped ? text.kernel_flipped : text.kernel);
        patch.show(part.patch, width, input, { outside: stages.isPadding, missing });
        kernel.show(part.weights, width, weights);
        products.show(part.products, width, { scale: diverging, range }, { missing });
        write(name, many ? fill(text.sum_of, { channel }) : text.sum);
        write(sum, format(part.sum));
      });
      const terms = stages.parts.map((part, place) => ({
        number: part.sum,
        name: stages.parts.length > 1 ? fill(text.sum_of, { channel: bench.first + place }) : text.sum,
      }));
      const bias = bench.bias === null ? [] : [{ number: bench.bias, name: text.bias }];
      equation.show([...terms, ...bias, { result: value, name: fill(text.output_at, { ...cell }) }]);
      const agrees = matches(stages, value);
      write(
        verdict,
        fill(agrees ? text.agrees : text.disagrees, {
          sum: formatNumber(stages.sum, 7),
          value: formatNumber(value, 7),
        }),
      );
      write(formula, formulaOf(bench, cell));
      return { sum: stages.sum, agrees };
    },
  };
}
