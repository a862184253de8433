// The bench's arithmetic and geometry, compared with the cases in tests/convolution_cells.json, which are PyTorch's.

/** @import { BenchData } from "../../playground/components/convolution_bench/bench.js" */
/** @import { Shape, Window } from "../../playground/components/convolution_bench/cells.js" */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readBench, stagesOf, usedKernel } from "../../playground/components/convolution_bench/bench.js";
import {
  cellsReached,
  cellsReaching,
  cellsRead,
  nearest,
  sourceOf,
} from "../../playground/components/convolution_bench/cells.js";
import { formulaOf } from "../../playground/components/convolution_bench/formula.js";
import { layOut } from "../../playground/components/convolution_bench/layout.js";
import { matches } from "../../playground/components/network_view/arithmetic.js";

const CASES = JSON.parse(readFileSync(new URL("../convolution_cells.json", import.meta.url), "utf8"));

/** @param {number[]} values */
function bytes(values) {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** @param {any} given */
function benchOf({ settings, x, weight, bias, inShape, outShape, cell }) {
  const { height, width, stride, padding, mode, dilation, groups, flipped } = settings;
  const size = outShape[0] * outShape[1] * outShape[2];
  return readBench(
    /** @type {BenchData} */ (
      /** @type {unknown} */ ({
        kind: settings.transposed ? "transposed" : "convolution",
        window: { kernel: [height, width], stride, padding, mode, dilation, groups, flipped },
        inShape,
        outShape,
        channel: cell[0],
        x: bytes(x),
        output: bytes(Array(size).fill(0)),
        weight: bytes(weight),
        bias: bytes(settings.bias ? bias : []),
      })
    ),
  );
}

CASES.forEach((/** @type {any} */ given, /** @type {number} */ number) => {
  test(`stages of case ${number} add up to PyTorch's value`, () => {
    const bench = benchOf(given);
    const [, row, column] = given.cell;
    const stages = stagesOf(bench, { row, column });
    const all = (/** @type {"patch" | "products"} */ key) => stages.parts.flatMap((part) => [...part[key]]);
    assert.deepEqual(all("patch"), given.patch);
    const plain = (/** @type {number[]} */ values) => values.map((value) => value + 0); // −0 is 0
    assert.deepEqual(plain(all("products")), plain(given.products));
    assert.deepEqual([...stages.parts[0].inside], given.inside);
    assert.deepEqual(
      given.padded.map((/** @type {number} */ _, /** @type {number} */ place) => Number(stages.isPadding(place))),
      given.padded,
    );
    for (const [place, part] of stages.parts.entries()) assert.ok(Math.abs(part.sum - given.sums[place]) < 1e-9);
    assert.ok(matches(stages, given.value));
    assert.ok(formulaOf(bench, { row, column }).startsWith(`y[${given.cell.join(", ")}] = Σ`));
  });
});

test("a true convolution's kernel is turned, channel by channel", () => {
  const bench = benchOf(CASES.find((/** @type {any} */ one) => one.settings.flipped));
  const size = bench.kernel.length / bench.count;
  for (let place = 0; place < bench.kernel.length; place++) {
    const part = Math.floor(place / size);
    assert.equal(usedKernel(bench)[place], bench.kernel[part * size + size - 1 - (place % size)]);
  }
});

test("padding takes its values as PyTorch does", () => {
  const places = [-2, -1, 0, 4, 5, 6];
  const of = (/** @type {Window["mode"]} */ mode) => places.map((place) => sourceOf(place, 5, mode));
  assert.deepEqual(of("zeros"), [-1, -1, 0, 4, -1, -1]);
  assert.deepEqual(of("reflect"), [2, 1, 0, 4, 3, 2]);
  assert.deepEqual(of("replicate"), [0, 0, 0, 4, 4, 4]);
  assert.deepEqual(of("circular"), [3, 4, 0, 4, 0, 1]);
});

/** @type {Window} */
const WINDOW = { kernel: [3, 2], stride: 2, padding: 1, mode: "zeros", dilation: 2 };

test("an input cell of a transposed convolution reaches the output cells that it is reached by", () => {
  /** @type {[Shape, Shape]} */
  const [input, output] = [
    [1, 4, 5],
    [1, 9, 9],
  ];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 5; column++) {
      const reached = cellsReached(WINDOW, { row, column }, output);
      for (let y = 0; y < 9; y++) {
        for (let x = 0; x < 9; x++) {
          const back = cellsReaching(WINDOW, { row: y, column: x }, input);
          const is = (/** @type {{row: number, column: number}[]} */ cells, /** @type {number[]} */ [r, c]) =>
            cells.some((cell) => cell.row === r && cell.column === c);
          assert.equal(is(reached, [y, x]), is(back, [row, column]));
        }
      }
    }
  }
});

test("the window goes where the pointer is, and stays within the output", () => {
  /** @type {Window} */
  const window = { kernel: [3, 3], stride: 2, padding: 1, mode: "zeros", dilation: 1 };
  /** @type {Shape} */
  const shape = [1, 4, 4];
  for (let row = 0; row < 4; row++) {
    const [middle] = cellsRead(window, { row, column: 1 }).slice(4, 5);
    assert.deepEqual(nearest(window, middle, shape, false), { row, column: 1 });
  }
  assert.deepEqual(nearest(window, { row: -1, column: 99 }, shape, false), { row: 0, column: 3 });
  assert.deepEqual(nearest(window, { row: 1, column: 0 }, [1, 7, 7], true), { row: 2, column: 0 });
});

test("cells are whole pixels and the maps fit, side by side or one under the other", () => {
  const bench = benchOf(CASES[3]);
  for (const width of [280, 358, 720, 1160]) {
    const { cell, stacked } = layOut(bench, width, false);
    assert.ok(Number.isInteger(cell) && cell >= 1);
    const columns = 2 * bench.padded.columns + (stacked ? 0 : bench.outShape[2]);
    assert.ok(cell * columns <= width);
  }
  assert.ok(layOut(bench, 280, false).stacked);
  assert.ok(!layOut(bench, 1160, false).stacked);
  assert.ok(layOut(bench, 720, true).stacked); // cells that are edited stay large
});
