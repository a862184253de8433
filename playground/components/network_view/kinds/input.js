/** @import { Kind } from "./example.js" */
import { fill, make, write } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { sentence } from "./example.js";

/** @type {Kind} */
export const input = {
  forward(text, { layer }) {
    const words = layer.scale === "ink" ? text["input.pixel"] : text["input.signed"];
    const line = sentence();
    return {
      element: make("div", { class: "work" }, [line]),
      show({ value, row, column }) {
        write(line, fill(words, { row, column, value: formatNumber(value) }));
        return null;
      },
    };
  },
};
