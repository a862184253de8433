/** @import { Kind } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber, formatPercent } from "../../shared/numbers.js";
import { softmax as work } from "../arithmetic.js";
import { sentence } from "./example.js";

const COLUMNS = ["digit", "logit", "shifted", "power", "share"];

/** @type {Kind} */
export const softmax = {
  forward(text, { layer }) {
    const [source] = layer.from;
    if (!source || !layer.vector || source.units !== layer.units) return null;
    const head = COLUMNS.map((name) => make("th", { scope: "col", text: text[`softmax.${name}`] }));
    const lines = Array.from({ length: layer.units }, (_, unit) => {
      const cells = COLUMNS.map((_, place) => (place ? make("td") : make("th", { scope: "row", text: unit })));
      return { row: make("tr", {}, cells), cells };
    });
    const total = make("td");
    const table = make("table", { class: "softmax-table" }, [
      make("thead", {}, [make("tr", {}, head)]),
      make(
        "tbody",
        {},
        lines.map(({ row }) => row),
      ),
      make("tfoot", {}, [
        make("tr", {}, [make("th", { scope: "row", colspan: 3, text: text["softmax.sum"] }), total, make("td")]),
      ]),
    ]);
    const line = sentence("work-sum");
    return {
      element: make("div", { class: "work" }, [make("div", { class: "scroll" }, [table]), line]),
      show({ unit }) {
        const worked = work(source.values);
        lines.forEach(({ row, cells }, index) => {
          const values = [source.values, worked.shifted, worked.powers, worked.shares].map((column) => column[index]);
          for (const [column, value] of values.entries()) write(cells[column + 1], formatNumber(value));
          row.classList.toggle("is-chosen", index === unit);
        });
        write(total, formatNumber(worked.total));
        const share = worked.shares[unit];
        const values = {
          power: formatNumber(worked.powers[unit]),
          total: formatNumber(worked.total),
          share: formatNumber(share),
          percent: formatPercent(share),
        };
        write(line, fill(text["softmax.result"], values));
        return { sum: share, size: 1 };
      },
    };
  },
};
