// Panel of an open unit: its map, what it reads, and the arithmetic behind the value of one of its cells.

/** @import { Words } from "../shared/types.js" */
/** @import { Example, Given } from "./kinds/example.js" */
/** @import { Layer } from "./network.js" */
/** @import { CellIndex, Place } from "./picture.js" */
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { makeChooser, makeFramedMap } from "./detail_parts.js";
import { tintOf } from "./kinds/example.js";
import { makeBackward, makeForward, verdict } from "./kinds/index.js";
import { landingsOf } from "./landings.js";
import { faceOf, hasWindow, mapOf, switchedBy } from "./network.js";
import { kindText, shapeText, sizeText, unitName } from "./words.js";
import { makeZoomEdges } from "./zoom_edges.js";
import { inPlaces, placesBySize } from "./zoom_order.js";
import { placePanel } from "./zoom_panel.js";

const SUM = "\u03a3";
const SUM_AND_BIAS = "\u03a3 + b";

/**
 * @typedef {Place & {cell: CellIndex}} Opened a unit, and the cell whose arithmetic is shown
 *
 * @typedef {object} Panel the elements that show it
 * @property {Opened} place
 * @property {Layer[]} layers
 * @property {ReturnType<typeof makeChooser> | null} chooser null for a unit of a vector
 * @property {{map: ReturnType<typeof makeFramedMap>, where: HTMLElement, value: HTMLElement} | null} beside the output
 *     next to a gradient, null if no gradient is shown
 * @property {ReturnType<typeof makeFramedMap> | null} swatch the color of a vector's unit, null for a unit with a map
 * @property {Example} worked
 * @property {HTMLElement} head
 * @property {HTMLElement} body
 * @property {HTMLElement} figure the unit's map
 * @property {HTMLElement} words about its value
 * @property {HTMLElement} nothing message shown instead of the body
 * @property {HTMLElement} value
 * @property {HTMLElement} where
 * @property {HTMLElement} check
 * @property {HTMLElement} sums calculations of the layer's number of parameters and output size
 * @property {HTMLElement} most the largest value of the map and its position
 * @property {number[] | null} places of what it reads in the list, null for the order of their numbers
 * @property {HTMLButtonElement} toggle switches the channel off and on
 */

/**
 * @param {Record<string, string>} text
 * @param {() => void} close called by the button
 * @param {(cell: CellIndex) => void} chosen called when another cell is chosen
 * @param {(layer: Layer, unit: number, on: boolean) => void} switched called when a channel is to be switched off or on
 * @param {() => void} grown called when the panel's parts must be placed again
 */
export function makeDetail(text, close, chosen, switched, grown) {
  const element = make("section", { class: "detail", "data-testid": "network-detail", hidden: true });
  /** @type {Panel | null} */
  let open = null;
  /** @type {Given | null} */
  let latest = null;
  /** True until the parts of a new unit have been placed. */
  let fresh = false;
  /** Largest height of the arithmetic so far, which it keeps, so that the panel stays still while numbers change. */
  let reserved = 0;
  /** Height of the words. */
  let said = 0;
  /** Width of the box. */
  let wide = 0;
  /** Sums of the last outcome. @type {number[] | undefined} */
  let parts;
  const edges = makeZoomEdges();
  const observer = new ResizeObserver(() => {
    if (!open || open.body.hidden) return;
    if (open.worked.element.offsetHeight > reserved + 1 || open.words.offsetHeight > said + 1) grown();
  });

  /**
   * @param {Opened | null} place null closes it
   * @param {Layer[]} layers
   */
  function show(place, layers) {
    element.hidden = !place;
    open = null;
    observer.disconnect();
    if (!place) {
      element.replaceChildren();
      return;
    }
    const { layer, unit, cell } = place;
    const name = unitName(layer, unit, layers, text);
    const button = make("button", { type: "button", class: "detail-close", text: text.close });
    button.onclick = close;
    const toggle = /** @type {HTMLButtonElement} */ (
      make("button", { type: "button", class: "detail-switch", hidden: true })
    );
    const title = make("div", { class: "detail-title" }, [
      make("h3", { text: name }),
      make("p", { text: describe(layer, text) }),
      button,
    ]);
    const [sums, most] = ["detail-sums", "detail-most"].map((one) => make("p", { class: one }));
    const back = layer.state === "gradient";
    const caption = fill(back ? text.gradient_of : text.output_of, {
      name,
      size: sizeText([layer.rows, layer.columns]),
    });
    const captionOfOne = back ? text.gradient_unit : text.output_unit;
    const chooser = layer.vector
      ? null
      : makeChooser(fill(back ? text.chooser_gradient : text.chooser, { name }), (row, column) =>
          choose({ row, column }),
        );
    const [where, value, check] = ["detail-where", "detail-value", "detail-check"].map((one) =>
      make("p", { class: one }),
    );
    const beside = back ? makeBeside() : null;
    const words = make("div", { class: "detail-words", "aria-live": "off" }, [
      where,
      value,
      check,
      ...(layer.vector ? [] : [most]),
      beside?.element ?? null,
    ]);
    if (chooser) {
      // Announce values only while a cell is chosen by keyboard, not at every update during a stroke.
      chooser.element.onfocus = () => words.setAttribute("aria-live", "polite");
      chooser.element.onblur = () => words.setAttribute("aria-live", "off");
    }
    const swatch = layer.vector && !layer.bars ? makeFramedMap("map-large") : null;
    const figure = make("figure", { class: "detail-output" }, [
      make("figcaption", { text: layer.vector ? captionOfOne : caption }),
      chooser?.element ?? swatch?.element ?? null,
    ]);
    const worked = (back ? makeBackward : makeForward)(text, { layers, layer, unit });
    element.setAttribute("aria-label", name);
    const body = make("div", { class: "detail-body" }, [
      /** @type {HTMLElement} */ (/** @type {Node} */ (edges.element)),
      worked.read?.element ?? null,
      figure,
      words,
      worked.element,
    ]);
    const head = make("div", { class: "detail-head" }, [title, make("div", { class: "detail-facts" }, [sums, toggle])]);
    const nothing = make("p", { class: "work-line" });
    element.replaceChildren(head, body, nothing);
    observer.observe(worked.element);
    observer.observe(words);
    [fresh, reserved] = [true, 0];
    open = {
      swatch,
      head,
      figure,
      words,
      place: { layer, unit, cell },
      places: null,
      layers,
      body,
      nothing,
      chooser,
      beside,
      worked,
      where,
      value,
      check,
      toggle,
      sums,
      most,
    };
  }

  /** Create the map of the output that is shown next to the unit's gradient. */
  function makeBeside() {
    const map = makeFramedMap("map-large");
    const [where, value] = ["detail-where", "detail-value"].map((one) => make("p", { class: one }));
    const words = make("div", {}, [where, value]);
    return {
      element: make("figure", { class: "detail-output" }, [
        make("figcaption", { text: text.output_unit }),
        map.element,
        words,
      ]),
      map,
      where,
      value,
    };
  }

  /** @param {CellIndex} cell */
  function choose(cell) {
    if (!open) return;
    open.place.cell = cell;
    update(latest);
    chosen(cell);
  }

  /**
   * Show the current values.
   *
   * @param {Given | null} given
   */
  function update(given) {
    latest = given;
    if (!open || !given) return;
    const { place, layers, body, nothing, chooser, beside, worked, where, value, check, toggle, sums, most } = open;
    const { swatch } = open;
    const { layer, unit, cell } = place;
    showSums(sums, given.facts);
    showSwitch(toggle, layers, layer, unit, Boolean(given.switches));
    const face = faceOf(layer);
    const empty = given.look.empty || layer.state === "none";
    body.hidden = empty;
    nothing.hidden = !empty;
    write(nothing, given.look.empty ? text.empty : text.unknown_detail);
    if (empty) {
      Object.assign(element.dataset, {
        layer: layer.name,
        unit,
        row: cell.row,
        column: cell.column,
        activation: "",
        gradient: "",
        sum: "",
      });
      placeFresh();
      return;
    }
    showMost(most, face, unit);
    const at = cell.row * layer.columns + cell.column;
    const [result, output] = [mapOf(face, unit)[at], mapOf(layer, unit)[at]];
    chooser?.show(mapOf(face, unit), layer.rows, layer.columns, tintOf(given.look, face, unit), cell.row, cell.column);
    swatch?.show([result], 1, 1, tintOf(given.look, face, unit), null);
    const step = layer.step ?? 1;
    const spot = layer.vector ? "" : fill(text.where, { row: cell.row * step, column: cell.column * step });
    if (beside) {
      beside.map.element.hidden = layer.vector;
      if (!layer.vector)
        beside.map.show(mapOf(layer, unit), layer.rows, layer.columns, tintOf(given.look, layer, unit), {
          top: cell.row,
          left: cell.column,
          height: 1,
          width: 1,
        });
      write(beside.where, spot);
      write(beside.value, formatNumber(output));
    }
    const outcome = worked.show({ ...given, layers, layer, unit, row: cell.row, column: cell.column, value: result });
    parts = outcome?.parts;
    edges.show(parts && inPlaces(parts, open.places), given.look.scales.diverging);
    write(where, spot);
    write(value, formatNumber(result));
    const masked = layer.off.has(unit) && switchedBy(layer) === layer && face === layer;
    write(
      check,
      masked
        ? fill(text.off_value, { sum: outcome ? formatNumber(outcome.sum) : "" })
        : verdict(text, layer, outcome, result),
    );
    const gradient = face === layer ? "" : result;
    Object.assign(element.dataset, {
      layer: layer.name,
      unit,
      row: cell.row,
      column: cell.column,
      activation: output,
      gradient,
      sum: outcome ? outcome.sum : "",
    });
    placeFresh();
  }

  /** Have the parts of a new unit placed, once they have their contents. */
  function placeFresh() {
    if (fresh) {
      sort();
      grown();
    }
    fresh = false;
  }

  /** Put the largest contributions first, where there are many; they stay while the numbers change. */
  function sort() {
    const read = open?.worked.read;
    if (!open || !latest || !read?.kernel) return;
    const { layer, unit } = open.place;
    const sources = { layer: read.layer, first: read.first, count: read.tiles.length };
    open.places = placesBySize(layer, unit, sources, latest.look.edges);
    if (!open.places) return;
    const sorted = inPlaces(read.tiles, open.places);
    read.list.append(...sorted);
    if (read.title) write(read.title, read.title.textContent + text.largest_first);
    sorted[0].click();
  }

  /**
   * Put all parts in their places.
   *
   * @param {{width: number, height: number, sheet: boolean}} box
   */
  function place(box) {
    if (!open) return;
    if (box.width !== wide) [wide, reserved] = [box.width, 0];
    const back = open.place.layer.state === "gradient";
    const zoom = placePanel(element, open, box, reserved);
    [reserved, said] = [zoom.work.height, zoom.words.height];
    edges.place(zoom, back, back ? SUM : SUM_AND_BIAS);
    if (latest) edges.show(parts && inPlaces(parts, open.places), latest.look.scales.diverging);
  }

  /** Places of the maps that the picture shows too. */
  function landings() {
    return open && !open.body.hidden ? landingsOf(open) : [];
  }

  /** @param {HTMLElement} line @param {{parameters: string | null, size: string | null} | null | undefined} facts */
  function showSums(line, facts) {
    const parts = [
      facts?.parameters && fill(text.sum_parameters, { sum: facts.parameters }),
      facts?.size && fill(text.sum_size, { sum: facts.size }),
    ];
    write(line, parts.filter(Boolean).join(" "));
    line.hidden = !line.textContent;
  }

  /** @param {HTMLElement} line @param {Layer} face @param {number} unit */
  function showMost(line, face, unit) {
    const values = mapOf(face, unit);
    let best = -1;
    values.forEach((one, index) => {
      if (Number.isFinite(one) && (best < 0 || one > values[best])) best = index;
    });
    const place = {
      value: formatNumber(values[best]),
      row: Math.floor(best / face.columns),
      column: best % face.columns,
    };
    write(line, best < 0 ? "" : fill(text.most, place));
  }

  /**
   * @param {HTMLButtonElement} toggle
   * @param {Layer[]} layers
   * @param {Layer} layer
   * @param {number} unit
   * @param {boolean} can true if channels can be switched
   */
  function showSwitch(toggle, layers, layer, unit, can) {
    const owner = switchedBy(layer);
    toggle.hidden = !can || !owner;
    if (!can || !owner) return;
    const off = owner.off.has(unit);
    write(toggle, fill(off ? text.switch_on : text.switch_off, { name: unitName(owner, unit, layers, text) }));
    toggle.onclick = () => switched(owner, unit, off);
  }

  function focus() {
    /** @type {HTMLElement} */ (element.querySelector("[tabindex='0']") ?? element.querySelector("button")).focus({
      preventScroll: true,
    });
  }

  return { element, show, update, place, landings, focus };
}

/** Cell with the largest magnitude. @param {Layer} layer @param {number} unit @returns {CellIndex} */
export function strongest(layer, unit) {
  const values = mapOf(faceOf(layer), unit);
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(values[best])) best = index;
  });
  return { row: Math.floor(best / layer.columns), column: best % layer.columns };
}

/** @param {Layer} layer @param {Words} text */
function describe(layer, text) {
  const values = {
    kind: kindText(layer, text),
    shape: shapeText(layer.shape),
    sources: layer.from.map((source) => `${source.name} ${shapeText(source.shape)}`).join(", "),
  };
  const window = hasWindow(layer)
    ? fill(text.window_of, {
        stride: sizeText(layer.stride),
        padding: sizeText(layer.padding),
        dilation: sizeText(layer.dilation),
      })
    : "";
  return fill(layer.from.length ? text.describe : text.describe_input, values) + window;
}
