// Legend of the colors: the kinds in the graph with their signs, or the range of the norms.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
import { fill, make, makeSvg } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { makeSign } from "./signs.js";

/**
 * @typedef {object} Style meaning of the colors of a graph
 * @property {boolean} byNorm
 * @property {Record<string, string>} kinds color of each kind
 * @property {Scale} scale of the norms
 * @property {{low: number, high: number} | null} span
 * @property {Words} text
 */

/**
 * @param {HTMLElement} element to fill
 * @param {string[]} kinds kinds that occur in the graph, in order
 * @param {Style} style
 */
export function showLegend(element, kinds, { byNorm, kinds: colors, scale, span, text }) {
  if (!byNorm) {
    element.replaceChildren(
      ...kinds.map((kind) => {
        const sign = makeSvg("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" });
        sign.style.setProperty("--kind", colors[kind]);
        sign.append(makeSign(kind));
        return make("span", { class: "legend-kind" }, [sign, make("span", { text: text[`kind_${kind}`] })]);
      }),
    );
    return;
  }
  if (!span) {
    element.replaceChildren(make("span", { text: text.no_norms }));
    return;
  }
  const bar = make("span", { class: "legend-bar", "aria-hidden": "true" });
  bar.style.background = scale.gradient;
  element.replaceChildren(
    make("span", { text: text.norm_legend }),
    make(
      "span",
      {
        class: "legend-span",
        "aria-label": fill(text.norm_span, { low: formatNumber(span.low, 3), high: formatNumber(span.high, 3) }),
        role: "img",
      },
      [make("span", { text: formatNumber(span.low, 3) }), bar, make("span", { text: formatNumber(span.high, 3) })],
    ),
  );
}
