// Picture of the network: a canvas for each layer, and over each map an element that takes the pointer and the focus.

/** @import { Scale } from "../shared/colors.js" */
/** @import { Words } from "../shared/types.js" */
/** @import { Block } from "./blocks.js" */
/** @import { shownEdges } from "./edges.js" */
/** @import { Frame, Grid, Layout, Rect } from "./layout.js" */
/** @import { Layer, Reach } from "./network.js" */
/** @import { Course } from "./paint.js" */
/** @import { Scene } from "./playback.js" */
import { make, write } from "../shared/dom.js";
import { formatPercent } from "../shared/numbers.js";
import { layersOf } from "./blocks.js";
import { sweptCell } from "./changes.js";
import { namesClasses } from "./classes.js";
import { heldEdges, largestContribution, makeEdges, reasonWithout } from "./edges.js";
import { arrange, boundsOf, placeOf, placeOfLayer } from "./layout.js";
import { faceOf } from "./network.js";
import { makeSheet, paintBars, paintMaps, paintShares, paintUnknown } from "./paint.js";
import { DIGIT, SHARE } from "./tiles.js";
import { makeTrace, sweptPath, tracePaths } from "./trace.js";
import { makeWeightSheet } from "./weight_sheet.js";
import { blockShape, contributionText, kindText, layerLabel, numberOf, readoutText, unitLabel } from "./words.js";

const SHARPEST = 2; // largest number of screen pixels per CSS pixel: more takes longer and looks the same
const BRANCHES = 3; // number of edges that are followed back from each unit that a class is made of
const MARGIN = 4; // between a layer and the frame around it
const BARELY = 0.01; // share of their length below which bars are not shown yet
const VEILED = 0.12; // opacity of maps under their layer's weights

/** @type {Scene["parts"]} */
const COMPLETE = new Map();

/**
 * @typedef {{row: number, column: number}} CellIndex
 *
 * @typedef {object} Place a unit of a layer, and perhaps a cell of its map
 * @property {Layer} layer
 * @property {number} unit
 * @property {CellIndex | null} cell
 *
 * @typedef {object} Look mapping of values to colors
 * @property {Record<string, Scale>} scales by the name in `Layer.scale`
 * @property {(face: Layer, unit: number) => number} rangeOf value at the end of a unit's scale, separate for gradients
 * @property {Reach} reach
 * @property {{accent: number, bar: number, track: number, night: number}} bars colors as in a scale's table
 * @property {ReturnType<typeof shownEdges>} edges
 * @property {Record<string, Record<string, string>>} reasons why layers have no edges, for each state of a layer
 * @property {boolean} empty true if the pad is empty, so that there are no values
 * @property {boolean} backward true during the backward pass
 */

/**
 * @param {Record<string, string>} text
 * @param {(place: Place, byKey: boolean) => void} open called when a map is clicked or Enter is pressed on it
 * @param {(line: string) => void} say called with a description of the element under the pointer, "" for none
 * @param {(place: Place | null) => void} pointAt called with the place under the pointer or with the focus, else with the
 *     one that is open
 */
export function makePicture(text, open, say, pointAt) {
  const trace = makeTrace();
  const edges = makeEdges();
  const weights = makeWeightSheet();
  const element = make("div", { class: "picture", role: "group", "aria-label": text.picture });
  const [current, marked] = ["current", "marked"].map((name) =>
    make("div", { class: `spot spot-${name}`, hidden: true }),
  );
  const aim = make("div", { class: "aim", hidden: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Layer[]} */
  let layers = [];
  /** @type {Layout} */
  let layout;
  /** Of each layer. @type {ReturnType<typeof buildLayer>[]} */
  let parts = [];
  /** Names in the headings, of each layer. @type {HTMLElement[]} */
  let names = [];
  /** Undefined before the first values. @type {Look} */
  let look;
  /** Look with which the edges were drawn last. @type {Look | null} */
  let drawn = null;
  /** @type {Place | null} */
  let pointed = null;
  /** @type {Place | null} */
  let opened = null;
  /** Name of the layer that runs now. @type {string | null} */
  let lit = null;
  /** Probabilities' course through a step. @type {Course} */
  let course = { state: null, target: -1, grown: 1, missing: 0, slide: 0 };
  /** Scene between two stops or of a stop that shows weights, null for plain layers and edges. @type {Scene | null} */
  let scene = null;

  /**
   * Rebuild the picture for a network.
   *
   * @param {Layer[]} network
   * @param {number} width to fit into
   * @param {boolean} sided true if the picture may show gradients too
   * @param {number} room height that the picture may fill
   * @returns {boolean} true if the blocks are side by side
   */
  function build(network, width, sided, room) {
    layers = network;
    layout = arrange(layers, width, room);
    const ratio = Math.min(SHARPEST, globalThis.devicePixelRatio || 1);
    element.classList.toggle("is-wide", layout.wide);
    element.style.height = `${layout.height}px`;
    trace.resize(layout.width, layout.height);
    edges.resize(layout, ratio);
    weights.resize(layout, ratio);
    names = [];
    const heads = layout.frames.map(buildHead);
    parts = layers.map((layer) => {
      const box = layout.boxes[layer.index];
      return buildLayer(layer, box, !sided && isCoarse(layer, box) ? ratio / 2 : ratio);
    });
    element.replaceChildren(
      edges.element,
      marked,
      current,
      aim,
      ...heads,
      ...parts.map((part) => part.element),
      weights.element,
      trace.element,
    );
    pointed = null;
    lit = null;
    drawn = null;
    scene = null;
    if (look) look = { ...look, edges: [] }; // until the next values, because they may be another network's
    label(layers);
    markOff();
    drawTrace();
    return layout.wide;
  }

  /** True if every cell is an even number of pixels wide and high, so that half the resolution looks the same. @param {Layer} layer @param {Grid} box */
  function isCoarse(layer, box) {
    const even = box.unitWidth % (2 * layer.columns) === 0 && box.unitHeight % (2 * layer.rows) === 0;
    return even && !layer.vector && Number.isInteger(Math.min(SHARPEST, globalThis.devicePixelRatio || 1));
  }

  /** Heading of a block, hidden from assistive technology, for which each layer's group has a label. @param {Frame} frame */
  function buildHead({ x, y, width, block }) {
    const line = make("span", { class: "block-names" });
    for (const layer of layersOf(block)) {
      names[layer.index] = make("span", { class: "layer-name", title: kindText(layer, text), text: layer.name });
      if (line.childNodes.length) line.append(" \u00b7 ");
      line.append(names[layer.index]);
    }
    const shape = make("span", { class: "block-shape", text: blockShape(block) });
    const style = `left:${x}px;top:${y}px;width:${width}px`;
    return make("div", { class: "block-head", style, "aria-hidden": "true" }, [line, shape]);
  }

  /** @param {Layer} layer @param {Grid} box @param {number} ratio */
  function buildLayer(layer, box, ratio) {
    const canvas = make("canvas", { class: "sheet", style: boxStyle(box) });
    const units = Array.from({ length: layer.units }, (_, unit) =>
      make("div", {
        class: "unit",
        role: "img",
        tabindex: unit === 0 ? 0 : -1,
        "data-layer": layer.index,
        "data-unit": unit,
      }),
    );
    const grid = make("div", { class: "units", style: gridStyle(box) }, units);
    const classes = namesClasses(layer, layers);
    const digits =
      classes && !layer.bars ? units.map((_, unit) => beside(placeOf(box, unit), -DIGIT, numberOf(layer, unit))) : [];
    const shares = classes && layer.bars ? units.map((_, unit) => beside(placeOf(box, unit), SHARE, "")) : [];
    const group = make("div", { class: layer.vector ? "layer is-vector" : "layer", role: "group" }, [
      canvas,
      grid,
      ...digits,
      ...shares,
    ]);
    return { element: group, canvas, sheet: makeSheet(canvas, layer, box, ratio), units, shares };
  }

  /** Text in front of a class's bar, where `room` is negative, or behind it. @param {Rect} place @param {number} room @param {string | number} words */
  function beside({ x, y, width, height }, room, words) {
    const style = boxStyle({ x: room < 0 ? x + room : x + width, y, width: Math.abs(room), height });
    return make("span", { class: room < 0 ? "unit-digit" : "unit-share", "aria-hidden": "true", text: words, style });
  }

  /**
   * Show the layers' current values.
   *
   * @param {Look} newLook
   * @param {number} first class with the largest probability, or -1
   */
  function paint(newLook, first) {
    look = newLook;
    for (const layer of layers) paintLayer(layer, first);
    if (look.edges !== drawn?.edges || look.scales !== drawn.scales) drawEdges();
    if (pointed) sayPointed();
  }

  /** @param {Layer} layer @param {number} first class with the largest probability, or -1 */
  function paintLayer(layer, first) {
    const { sheet, shares } = parts[layer.index];
    const face = faceOf(layer);
    const scale = look.scales[face.scale];
    const state = (layer.bars && course.state) || layer.state;
    if (state === "none" || (layer.bars && course.grown < BARELY)) paintUnknown(sheet, layer, look.bars.bar);
    else if (layer.bars) paintShares(sheet, layer, look.bars, first, course);
    else if (layer.vector)
      paintBars(sheet, face, scale, look.rangeOf, { ...look.bars, cut: face === layer && isCut(layer) });
    else paintMaps(sheet, face, scale, look.rangeOf, look.bars.accent);
    shares.forEach((share, unit) => {
      write(share, look.empty || layer.state === "none" ? "" : formatPercent(face.values[unit]));
      share.classList.toggle("is-first", unit === first);
    });
  }

  /** True if the layer after this one cuts off what is negative, as ReLU does. @param {Layer} layer */
  function isCut(layer) {
    const next = layers[layer.index + 1];
    return layer.scale === "diverging" && next?.from[0] === layer && next.scale === "sequential" && !next.bars;
  }

  /**
   * Update the layers whose state has changed.
   *
   * @param {Layer[]} changed
   * @param {Look} newLook
   * @param {number} first class with the largest probability, or -1
   */
  function update(changed, newLook, first) {
    look = newLook;
    for (const layer of changed) paintLayer(layer, first);
    label(changed);
    if (pointed) sayPointed();
    const traced = pointed ?? opened;
    if (traced && changed.includes(traced.layer)) drawTrace();
  }

  /**
   * Draw what belongs to a moment of a step besides the layers' values.
   *
   * @param {Scene} shown
   * @param {number} target class with whose probability the loss compares, -1 for none
   * @param {number} first class with the largest probability, or -1
   */
  function stage(shown, target, first) {
    scene = shown;
    const { bars: state, grown, missing, slide, sweep } = shown;
    const before = course;
    course = { state, target, grown, missing, slide };
    if (JSON.stringify(before) !== JSON.stringify(course))
      for (const layer of layers) if (layer.bars) paintLayer(layer, first);
    /** @type {Map<Layer, number>} */
    const veils = new Map();
    weights.draw(
      shown.weights.flatMap((one) => {
        const layer = layers.find(({ name }) => name === one.overlay.weights.layer);
        if (!layer) return [];
        const covered = layersOf(blockOf(layer)).filter(({ bars }) => !bars);
        for (const each of covered) veils.set(each, one.alpha);
        return [{ ...one, rectOf: (/** @type {number} */ unit) => around(covered, unit) }];
      }),
      look.scales,
      look.bars.accent,
    );
    for (const layer of layers) {
      const opacity = String(1 - (1 - VEILED) * (veils.get(layer) ?? 0));
      const { canvas, element: group } = parts[layer.index];
      if (canvas.style.opacity === opacity) continue;
      canvas.style.opacity = opacity;
      group.classList.toggle("is-veiled", veils.has(layer));
    }
    trace.sweep(sweep ? sweptPath(sweep.layer, sweptCell(sweep.layer, sweep.share), layout) : "");
    drawEdges();
  }

  /** Rectangle around one unit's maps in several layers. @param {Layer[]} some @param {number} unit @returns {Rect} */
  function around(some, unit) {
    return boundsOf(some.map((layer) => placeOf(layout.boxes[layer.index], unit)));
  }

  /** Label some layers with what they show. @param {Layer[]} some */
  function label(some) {
    for (const layer of some) {
      const { element: group, units } = parts[layer.index];
      group.setAttribute("aria-label", layerLabel(layer, text));
      group.dataset.state = layer.state;
      names[layer.index].dataset.state = layer.state;
      for (const [index, unit] of units.entries())
        unit.setAttribute("aria-label", unitLabel(layer, index, layers, text));
    }
  }

  /** Mark exactly the channels that are switched off. */
  function markOff() {
    for (const layer of layers) {
      parts[layer.index].units.forEach((unit, index) => {
        if (unit.classList.toggle("is-off", layer.off.has(index)) || unit.dataset.off)
          unit.setAttribute("aria-label", unitLabel(layer, index, layers, text));
        unit.dataset.off = layer.off.has(index) ? "1" : "";
      });
    }
  }

  /** Put the frame around the layer that runs now. @param {string | null} name */
  function light(name) {
    if (name === lit) return;
    lit = name;
    for (const layer of layers) {
      const now = layer.name === name;
      const group = parts[layer.index].element;
      group.classList.toggle("is-current", now);
      names[layer.index].classList.toggle("is-current", now);
      if (now) group.setAttribute("aria-current", "step");
      else group.removeAttribute("aria-current");
    }
    for (const spot of [current, aim])
      setSpot(
        spot,
        layers.find((layer) => layer.name === name),
      );
  }

  /** Scroll to the layer that runs now if the layers are arranged in rows. */
  function keepInView() {
    if (layout.wide || aim.hidden) return;
    aim.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still.matches ? "instant" : "smooth" });
  }

  /** Highlight a layer. @param {string | null} name */
  function mark(name) {
    setSpot(
      marked,
      layers.find((layer) => layer.name === name),
    );
  }

  /** @param {HTMLElement} spot @param {Layer | undefined} layer */
  function setSpot(spot, layer) {
    spot.hidden = !layer;
    if (!layer) return;
    const { x, y, width, height } = placeOfLayer(layout, layer);
    spot.setAttribute(
      "style",
      boxStyle({ x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN }),
    );
  }

  function sayPointed() {
    if (!pointed) say("");
    else if (look?.empty) say(text.empty);
    else {
      const { layer, unit, cell } = pointed;
      const most = largestContribution(blockOf(layer), unit, look.edges, blockOf);
      const line = readoutText(layer, unit, cell, layers, text, look.backward);
      const off = layersOf(blockOf(layer)).some((one) => one.off.has(unit)); // which the line says
      const why = most || off ? "" : reasonWithout(blockOf(layer), look.edges, blockOf, layers, look.reasons);
      say(most ? `${line}${contributionText(most, layers, text)}` : `${line}${text[`no_edges_${why}`] ?? ""}`);
    }
  }

  /** @param {Layer} layer @returns {Block} */
  function blockOf(layer) {
    return placeOfLayer(layout, layer).block;
  }

  function drawEdges() {
    if (!look) return;
    drawn = look;
    const shown = pointed ?? opened;
    const branches = shown && namesClasses(shown.layer, layers) ? BRANCHES : 0;
    const all = scene?.edges ?? look.edges;
    const held = shown && heldEdges(blockOf(shown.layer), shown.unit, all, blockOf, branches);
    edges.draw(all, layout, look.scales.diverging, held, scene?.parts ?? COMPLETE);
  }

  function drawTrace() {
    const shown = pointed ?? opened;
    const edged = new Set(look?.edges.map(({ target }) => target.name));
    trace.show(shown && tracePaths(shown.layer, shown.unit, shown.cell, layout, layers, edged));
  }

  /** @param {Place | null} place place under the pointer or with the focus */
  function point(place) {
    if (samePlace(pointed, place)) return;
    const moved = pointed?.layer !== place?.layer || pointed?.unit !== place?.unit;
    pointed = place;
    drawTrace();
    if (moved) drawEdges(); // they are the same for each cell of a map
    sayPointed();
    pointAt(pointed ?? opened);
  }

  /** @param {Place | null} place place whose detail is open, which is traced while the pointer is elsewhere */
  function markOpened(place) {
    const old = opened && parts[opened.layer.index]?.units[opened.unit];
    old?.classList.remove("is-open");
    opened = place;
    if (place) parts[place.layer.index].units[place.unit].classList.add("is-open");
    drawTrace();
    drawEdges();
    pointAt(pointed ?? opened);
  }

  /** @param {Place} place @param {boolean} [still] true to leave the page where it is */
  function focus(place, still = false) {
    const { units } = parts[place.layer.index];
    for (const unit of units) if (unit.tabIndex === 0) unit.tabIndex = -1;
    units[place.unit].tabIndex = 0;
    units[place.unit].focus({ preventScroll: still });
  }

  /** @param {Event} event @returns {Place | null} */
  function placeOfEvent(event) {
    const unit = event.target instanceof Element ? event.target.closest(".unit") : null;
    if (!(unit instanceof HTMLElement)) return null;
    const layer = layers[Number(unit.dataset.layer)];
    const box = layout.boxes[layer.index];
    const cell =
      layer.vector || !(event instanceof MouseEvent)
        ? null
        : {
            row: cellAt(event.offsetY, box.unitHeight, layer.rows),
            column: cellAt(event.offsetX, box.unitWidth, layer.columns),
          };
    return { layer, unit: Number(unit.dataset.unit), cell };
  }

  element.onpointermove = (event) => {
    const place = placeOfEvent(event);
    if (place) point(place);
  };
  element.onpointerleave = () => point(null);
  element.onclick = (event) => {
    // A click that a key or assistive technology made has no position on the map.
    const place = placeOfEvent(event);
    if (place) open(event.detail === 0 ? { ...place, cell: null } : place, event.detail === 0);
  };
  element.addEventListener("focusin", (event) => {
    const place = placeOfEvent(event);
    if (place && /** @type {Element} */ (event.target).matches(":focus-visible")) point({ ...place, cell: null });
  });
  element.addEventListener("focusout", () => point(null));
  element.onkeydown = (event) => {
    const place = placeOfEvent(event);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") open({ ...place, cell: null }, true);
    else {
      const next = step(place, event.key);
      if (!next) return;
      focus(next);
    }
    event.preventDefault();
  };

  /** Place that an arrow key leads to: within a layer's grid, and beyond its edge to the next layer. @param {Place} place @param {string} key @returns {Place | null} */
  function step({ layer, unit }, key) {
    const { across } = layout.boxes[layer.index];
    const column = unit % across;
    const to = (/** @type {Layer} */ target, /** @type {number} */ number) => ({
      layer: target,
      unit: Math.max(0, Math.min(target.units - 1, number)),
      cell: null,
    });
    const beside = (/** @type {Layer | undefined} */ target, /** @type {boolean} */ end) => {
      if (!target) return null;
      const there = layout.boxes[target.index].across;
      const row = Math.round(
        (Math.floor(unit / across) / Math.ceil(layer.units / across)) * Math.ceil(target.units / there),
      );
      return to(target, row * there + (end ? there - 1 : 0));
    };
    if (key === "ArrowRight")
      return column < across - 1 && unit < layer.units - 1
        ? to(layer, unit + 1)
        : beside(layers[layer.index + 1], false);
    if (key === "ArrowLeft") return column > 0 ? to(layer, unit - 1) : beside(layers[layer.index - 1], true);
    if (key === "ArrowDown") return to(layer, unit + across < layer.units ? unit + across : unit);
    if (key === "ArrowUp") return to(layer, unit >= across ? unit - across : unit);
    if (key === "Home") return to(layer, 0);
    if (key === "End") return to(layer, layer.units - 1);
    return null;
  }

  /** @param {Layer} layer */
  const sheetOf = (layer) => parts[layer.index].sheet;

  return {
    ...{ element, build, paint, paintLayer, update, stage, sheetOf },
    ...{ label, markOff, light, keepInView, mark, markOpened, focus, point },
    layout: () => layout,
    /** The elements with the maps of each layer. */
    groups: () => parts.map((part) => part.element),
    /** Rectangle of a map in the window. @param {Layer} layer @param {number} unit */
    rectOf: (layer, unit) => parts[layer.index].units[unit].getBoundingClientRect(),
  };
}

/** @param {Rect} box */
function boxStyle({ x, y, width, height }) {
  return `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
}

/** Style of the grid of a layer's units: positioned elements would each get a compositing layer of their own. @param {Grid} box */
function gridStyle({ x, y, across, unitWidth, unitHeight, stepX, stepY }) {
  const tracks = `grid-template-columns:repeat(${across},${unitWidth}px);grid-auto-rows:${unitHeight}px`;
  return `left:${x}px;top:${y}px;${tracks};gap:${stepY - unitHeight}px ${stepX - unitWidth}px`;
}

/** @param {number} offset @param {number} length @param {number} count */
function cellAt(offset, length, count) {
  return Math.max(0, Math.min(count - 1, Math.floor((offset / length) * count)));
}

/** @param {Place | null} one @param {Place | null} other */
function samePlace(one, other) {
  if (!one || !other) return one === other;
  return (
    one.layer === other.layer &&
    one.unit === other.unit &&
    one.cell?.row === other.cell?.row &&
    one.cell?.column === other.cell?.column
  );
}
