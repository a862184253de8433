// Symbol for each kind of node, so that color is never the only carrier of meaning; paths in a 14 × 14 square.

import { makeSvg } from "../shared/dom.js";

/** @type {Record<string, string>} */
const SIGNS = {
  loss: "M7 1.5a5.5 5.5 0 1 0 .01 0M7 4.5a2.5 2.5 0 1 0 .01 0",
  linear: "M2 2l10 10M12 2L2 12M2 7h10",
  convolution: "M1.5 1.5h11v11h-11zM1.5 1.5h6v6h-6z",
  normalization: "M1.5 11.5c3.5 0 3-8.5 5.5-8.5s2 8.5 5.5 8.5",
  activation: "M1.5 11h5.5l5-8.5",
  pooling: "M1.5 2.5h11L8.5 8v4.5h-3V8z",
  reshape: "M1.5 4.5h10m-2.5-2.5l2.5 2.5M12.5 9.5h-10m2.5 2.5l-2.5-2.5",
  arithmetic: "M7 1.5v7M3.5 5h7M3.5 12h7",
  parameter: "M7 2.5a4.5 4.5 0 1 0 .01 0z",
  other: "M7 1.5L12.5 7 7 12.5 1.5 7z",
};
const FILLED = new Set(["parameter"]);

/** @param {string} kind @returns {SVGElement} */
export function makeSign(kind) {
  const name = kind in SIGNS ? kind : "other";
  return makeSvg("path", { class: `sign${FILLED.has(name) ? " is-filled" : ""}`, d: SIGNS[name] });
}
