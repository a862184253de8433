// Fallback for kinds of operations without a worked example: the inputs and a sentence.

/** @import { Words } from "../../shared/types.js" */
/** @import { Example, Subject } from "./example.js" */
import { fill, make } from "../../shared/dom.js";
import { makeFramedMap } from "../detail_parts.js";
import { mapOf, patchOf, unitsRead } from "../network.js";
import { unitName } from "../words.js";
import { tintOf } from "./example.js";

/** @param {Words} text @param {Subject} subject @returns {Example} */
export function makeUnknown(text, { layer, layers, unit }) {
  const line = make("p", { class: "work-line", text: fill(text.work_unknown, { kind: layer.kind }) });
  const shown = layer.from
    .filter((source) => !source.vector)
    .flatMap((source) => {
      const { first, count } = unitsRead(layer, source, unit);
      return Array.from({ length: count }, (_, i) => ({ source, channel: first + i, map: makeFramedMap("map-part") }));
    });
  const strip = make(
    "div",
    { class: "parts is-flow" },
    shown.map(({ source, channel, map }) =>
      make("span", { class: "part" }, [
        make("span", { class: "part-name", text: unitName(source, channel, layers, text) }),
        map.element,
      ]),
    ),
  );
  return {
    element: make("div", { class: "work" }, [strip, line]),
    landings: () =>
      shown.map(({ source, channel, map }) => ({
        layer: source,
        unit: channel,
        element: map.element,
        canvas: map.canvas,
      })),
    show({ look, row, column }) {
      for (const { source, channel, map } of shown) {
        const tint = tintOf(look, source, channel);
        map.show(mapOf(source, channel), source.rows, source.columns, tint, patchOf(layer, source, row, column));
      }
      return null;
    },
  };
}
