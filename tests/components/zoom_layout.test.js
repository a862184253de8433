import assert from "node:assert/strict";
import { test } from "node:test";
import { layersOf } from "../../playground/components/network_view/blocks.js";
import { arrange, placeOf } from "../../playground/components/network_view/layout.js";
import { STRIP, strips } from "../../playground/components/network_view/strips.js";
import { edgePaths } from "../../playground/components/network_view/zoom_edges.js";
import { arrangeZoom } from "../../playground/components/network_view/zoom_layout.js";
import { CAPTION } from "../../playground/components/network_view/zoom_tiles.js";
import { lenet } from "./layers.js";

/** @import { Rect } from "../../playground/components/network_view/layout.js" */
/** @import { Shape, Zoom } from "../../playground/components/network_view/zoom_layout.js" */

const WIDTHS = [390, 700, 1004, 1484, 2124];
const COUNTS = [1, 6, 16, 64, 512];
const HEIGHTS = [440, 640, 1126];
const SHEET = 560; // width under which the unit is shown in a sheet

/** Height of a text or a table that breaks its lines. @param {number} area @param {number} least */
const flowing = (area, least) => (/** @type {number} */ width) => Math.max(least, Math.ceil(area / width));

/** @param {Partial<Shape>} given @returns {Shape} */
function shapeOf(given) {
  return {
    width: 1004,
    height: 640,
    sheet: false,
    back: false,
    sources: { count: 6, rows: 14, columns: 14, kernel: [5, 5] },
    target: { rows: 10, columns: 10 },
    swatch: 56,
    head: flowing(40000, 52),
    title: flowing(3000, 16),
    words: flowing(20000, 90),
    work: { width: 611, used: (width) => Math.min(width, 500), height: flowing(110000, 180) },
    ...given,
  };
}

/** @param {Rect} one @param {Rect} other */
function apart(one, other) {
  return (
    one.x >= other.x + other.width ||
    other.x >= one.x + one.width ||
    one.y >= other.y + other.height ||
    other.y >= one.y + one.height
  );
}

/** @param {Zoom} zoom @param {string} what */
function check(zoom, what) {
  const { panel, head, sources, tiles, title, long, target, words, work, height } = zoom;
  const caption = { x: target.x, y: target.y - CAPTION, width: target.width, height: CAPTION };
  const from =
    sources && (sources.x < target.x || long <= sources.width ? sources.x : sources.x + sources.width - long);
  const heading = sources && title > 0 ? { ...sources, x: from ?? 0, width: long, height: title } : null;
  const list = sources && { ...sources, y: sources.y + title, height: sources.height - title };
  const named = Object.entries({ head, heading, list, caption, target, words, work }).flatMap(([name, rect]) =>
    rect ? [{ name, ...rect }] : [],
  );
  for (const { name, ...rect } of named) {
    assert.ok(Object.values(rect).every(Number.isFinite), `${what}: ${name}`);
    const inside = rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= panel.width && rect.y + rect.height <= height;
    assert.ok(inside, `${what}: ${name} is outside: ${JSON.stringify({ rect, panel, height })}`);
  }
  named.forEach((one, index) => {
    for (const other of named.slice(index + 1))
      assert.ok(apart(one, other), `${what}: ${JSON.stringify(one)} lies over ${JSON.stringify(other)}`);
  });
  if (!sources || !tiles) return;
  for (const tile of tiles.tiles) {
    assert.ok(tile.x >= 0 && tile.x + tile.width <= sources.width && tile.y >= 0, `${what}: a tile is outside`);
    if (!tiles.scrolls) assert.ok(title + tile.y + tile.height <= sources.height, `${what}: a tile is cut off`);
    assert.ok(tiles.map <= tile.width && tiles.map >= 24);
  }
  tiles.tiles.forEach((one, index) => {
    for (const other of tiles.tiles.slice(index + 1)) if (!apart(one, other)) assert.fail(`${what}: tiles overlap`);
  });
}

for (const width of WIDTHS) {
  for (const count of COUNTS) {
    test(`at ${width} pixels ${count} maps, the result and the arithmetic are inside and none lies over another`, () => {
      for (const height of HEIGHTS) {
        for (const back of [false, true]) {
          for (const kernel of [[5, 5], [3, 3], [1, 7], null]) {
            const sources = { count, rows: 14, columns: 14, kernel };
            const zoom = arrangeZoom(shapeOf({ width, height, back, sheet: width < SHEET, sources }));
            assert.equal(zoom.tiles?.tiles.length, count);
            assert.ok(zoom.panel.x >= 0 && zoom.panel.x + zoom.panel.width <= width && zoom.panel.height === height);
            check(zoom, JSON.stringify({ width, height, back, kernel, count }));
          }
        }
      }
    });
  }

  test(`at ${width} pixels a unit whose sources are no tiles is shown with its arithmetic`, () => {
    for (const target of [null, { rows: 5, columns: 5 }, { rows: 28, columns: 14 }]) {
      for (const back of [false, true]) {
        const zoom = arrangeZoom(shapeOf({ width, back, sheet: width < SHEET, sources: null, target }));
        check(zoom, JSON.stringify({ width, back, target }));
      }
    }
  });
}

test("six maps with kernels are in one column, each with an edge of its own", () => {
  for (const [width, height] of [
    [858, 643],
    [1337, 806],
    [1977, 1126],
  ]) {
    const { tiles, target } = arrangeZoom(shapeOf({ width, height }));
    assert.deepEqual(
      [tiles?.form, tiles?.across, tiles?.scrolls],
      ["row", 1, false],
      `${width}: ${tiles?.map} ${target.width}`,
    );
    assert.ok(target.width >= 200);
  }
});

test("more room makes the maps larger", () => {
  const map = (/** @type {number} */ width, /** @type {number} */ height) =>
    arrangeZoom(shapeOf({ width, height })).tiles?.map ?? 0;
  assert.ok(map(858, 643) < map(1337, 806));
  assert.ok(map(1337, 806) < map(1977, 1126));
});

test("a single map without a kernel is as large as the result, and the arithmetic is between them", () => {
  const sources = { count: 1, rows: 10, columns: 10, kernel: null };
  const work = { width: 240, used: () => 240, height: () => 120 };
  const zoom = arrangeZoom(shapeOf({ sources, work }));
  assert.equal(zoom.tiles?.map, zoom.target.width);
  assert.ok(zoom.sources && zoom.sources.x + zoom.sources.width < zoom.work.x);
  assert.ok(zoom.work.x + zoom.work.width < zoom.target.x);
});

test("a gradient comes from the right", () => {
  const there = arrangeZoom(shapeOf({}));
  const back = arrangeZoom(shapeOf({ back: true }));
  assert.ok(there.sources && there.sources.x < there.node.x && there.node.x < there.target.x);
  assert.ok(back.sources && back.sources.x > back.node.x && back.node.x > back.target.x);
});

test("only what has no room must be scrolled", () => {
  const small = { count: 6, rows: 14, columns: 14, kernel: [3, 3] };
  assert.ok(arrangeZoom(shapeOf({ sources: small, width: 1004, height: 640 })).height <= 640);
  const many = arrangeZoom(shapeOf({ sources: { ...small, count: 512 }, height: 640 }));
  assert.equal(many.tiles?.scrolls, true);
});

test("each source in a row has an edge that ends at the sum, and an arrow leads to the result", () => {
  for (const back of [false, true]) {
    const zoom = arrangeZoom(shapeOf({ back }));
    const { sources, result, node } = edgePaths(zoom, back);
    assert.equal(sources.length, 6);
    assert.equal(result.length, 1);
    assert.ok(node && Math.abs(node.y - (zoom.target.y + zoom.target.height / 2)) <= 1);
    for (const path of sources) assert.ok(!path.includes("NaN"));
  }
});

for (const width of [700, 1004, 1484, 2124]) {
  test(`at ${width} pixels every block becomes a strip, all channels inside, in the order of the network`, () => {
    const layers = lenet();
    const layout = arrange(layers, width, 640);
    for (const layer of layers) {
      const all = strips(layout, layer);
      assert.equal(all.length, layout.frames.length);
      for (const { block, name, x, y, width: wide, height, scale, moveX, moveY } of all) {
        const left = layersOf(block)[0].index < layer.index && !layersOf(block).includes(layer);
        const start = left ? 0 : width - STRIP;
        assert.equal(name.x, start);
        assert.ok(
          x >= start - 0.01 && x + wide <= start + STRIP + 0.01 && y >= 0 && y + height <= layout.height + 0.01,
        );
        for (const { index, units } of layersOf(block)) {
          for (let unit = 0; unit < units; unit++) {
            const place = placeOf(layout.boxes[index], unit);
            const [x0, y0] = [place.x * scale + moveX, place.y * scale + moveY];
            assert.ok(x0 >= x - 0.01 && x0 + place.width * scale <= x + wide + 0.01);
            assert.ok(y0 >= y - 0.01 && y0 + place.height * scale <= y + height + 0.01);
          }
        }
      }
      all.forEach((one, index) => {
        const next = all[index + 1];
        if (next && next.name.x === one.name.x) assert.ok(one.y + one.height <= next.name.y);
      });
    }
  });
}
