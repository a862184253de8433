import assert from "node:assert/strict";
import { test } from "node:test";
import { colorOfNorm, spanOf } from "../../playground/components/graph_view/norms.js";
import {
  channels,
  ENTRIES,
  entryOf,
  makeScale,
  pack,
  textOn,
  toCss,
} from "../../playground/components/shared/colors.js";

const scale = makeScale(["#0000ff", "#ffffff", "#ff0000"], true);

test("zero has the middle of a diverging scale, the ends the strongest colors", () => {
  const css = (/** @type {number} */ value) => toCss(scale.table[entryOf(value, 2, true)]);
  assert.deepEqual([-2, 0, 2].map(css), ["rgb(0,0,255)", "rgb(255,255,255)", "rgb(255,0,0)"]);
  assert.deepEqual([-99, 99].map(css), ["rgb(0,0,255)", "rgb(255,0,0)"], "beyond the range");
  assert.equal(entryOf(0, 1, false), 0);
  assert.equal(entryOf(1, 1, false), ENTRIES - 1);
  assert.equal(entryOf(5, 0, true), (ENTRIES - 1) / 2, "without a range");
});

test("a color is packed as a table keeps it", () => {
  for (const hex of ["#0b7a6f", "#ffffff", "#010203"]) assert.equal(toCss(pack(hex)), `rgb(${channels(hex).join()})`);
});

test("text is black or white, whichever has the higher contrast", () => {
  const luminance = (/** @type {string} */ hex) => {
    const [red, green, blue] = channels(hex).map((one) =>
      one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  for (const hex of ["#000000", "#15509a", "#808080", "#dc7220", "#fbd9b5", "#ffffff", "#0b7a6f"]) {
    const [onBlack, onWhite] = [(luminance(hex) + 0.05) / 0.05, 1.05 / (luminance(hex) + 0.05)];
    assert.equal(textOn(pack(hex)), onBlack > onWhite ? "#000" : "#fff", hex);
  }
});

test("norms are colored by their logarithm; what is no number has no color", () => {
  const span = spanOf([1e-8, null, 0, Number.NaN, 1, Infinity]);
  assert.deepEqual(span, { low: 1e-8, high: 1 });
  const light = makeScale(["#000000", "#ffffff"], false);
  const grey = (/** @type {number} */ value) => Number(colorOfNorm(value, span, light)?.fill.match(/\d+/)?.[0]);
  assert.equal(grey(0), 0);
  assert.equal(grey(1), 255);
  assert.ok(Math.abs(grey(1e-4) - (grey(1e-8) + grey(1)) / 2) <= 1);
  for (const value of [null, Number.NaN, Infinity]) assert.equal(colorOfNorm(value, span, light), null);
  assert.equal(spanOf([null, 0]), null);
});
