// The component: takes each new value, keeps what the visitor chose, and joins the parts.

import { makeScales, pack, themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { followFrames } from "../shared/frames.js";
import { makeDetail, strongest } from "./detail.js";
import { makeKey } from "./key.js";
import { rangesOf, readLayers, takeFrame, takeGradients, takeOff, takeValues } from "./network.js";
import { makePicture } from "./picture.js";
import { leadersOf, makePrediction } from "./prediction.js";

export const skeleton = '<div class="network-view" data-testid="network-view"></div>';

/** @type {import("./network.js").Reach[]} */
const REACHES = ["map", "layer", "network"];
const NARROW = 560;
const DENSE = 800;
const RESIZED = 24; // a change of the height that is worth another layout
const REMEMBERED = "cnn-playground-range";
const NOTHING = { number: -1, activations: [], gradients: [], current: null };
const NO_PROBABILITIES = new Float32Array(0);

/**
 * @typedef {object} NetworkData see `network_view` in Python
 * @property {string | null} ticket under which newer values may come over the live route
 * @property {object[]} layers see `readLayers`
 * @property {{layer: string, channel: number} | null} opened the unit that the visitor clicked last
 * @property {Uint8Array} kernel its weights, float32, little-endian as all numbers here; empty for none
 * @property {Uint8Array} bias
 * @property {{parameters: string | null, size: string | null} | null} facts sums about its layer
 * @property {string[]} graded names of the layers that have a gradient
 * @property {Uint8Array} gradients
 * @property {Uint8Array} onward the weights by which the next layer reads the opened unit, empty for none
 * @property {string | null} follow channel of the player that says what is known
 * @property {string | null} marked name of a layer to highlight
 * @property {number | null} spare pixels of the window's height to leave free under the picture, null not to fill it
 * @property {Record<string, number[]> | null} off channels that are switched off, by the layer's name; null where none can be
 * @property {number} turn number of the last switch that Python has taken
 * @property {number} seq
 * @property {Uint8Array} values empty for no drawing, as are the probabilities
 * @property {Uint8Array} probabilities
 * @property {Record<string, string>} text
 * @property {import("../shared/colors.js").Palette} palette
 */

const views = new WeakMap();

/**
 * Called by Streamlit with each new value.
 *
 * @param {{data: NetworkData, parentElement: ParentNode, setStateValue: (name: string, value: unknown) => void}} component
 */
export function render({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = makeView(parentElement.querySelector(".network-view"), data.text);
    views.set(parentElement, view);
  }
  view.take(data, setStateValue);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

/**
 * @param {HTMLElement} root
 * @param {Record<string, string>} text
 */
function makeView(root, text) {
  let send = null;
  let signature = "";
  /** @type {import("./network.js").Layer[]} */
  let layers = [];
  /** @type {NetworkData | null} */
  let data = null;
  /** @type {import("../shared/colors.js").Theme | ""} */
  let theme = "";
  let scales = null;
  let bars = null;
  let width = 0;
  /** Height that the picture may fill. */
  let room = 0;
  let reach = remembered();
  /** @type {import("./picture.js").Place | null} */
  let opened = null;
  let prediction = null;
  /** What is known now, null where everything but gradients is. @type {import("../shared/frames.js").Frame | null} */
  let frame = null;
  /** The channel that says so, and how to leave it. */
  let followed = null;
  /** Channels that are switched off, as JSON, and the number of the last switch. */
  let offNow = "";
  let turn = 0;
  let unfollow = () => {};

  const line = make("p", { class: "readout", text: text.hint });
  const picture = makePicture(text, open, say);
  const detail = makeDetail(
    text,
    () => open(null),
    (cell) => {
      opened = { ...opened, cell };
      picture.markOpened(opened);
    },
    (layer, unit, on) => {
      send("picked", { layer: layer.name, channel: unit, on, turn: ++turn });
    },
  );
  const header = make("div", { class: "header" });
  const key = makeKey(text);
  root.replaceChildren(
    header,
    make("div", { class: "toolbar" }, [line, makeSwitch()]),
    picture.element,
    key.element,
    detail.element,
  );
  // Wherever the focus is, for example on the pad, but not under a dialog of the page.
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !opened || document.querySelector('[role="dialog"]'))
      return;
    event.preventDefault();
    open(null);
  };
  document.addEventListener("keydown", onKey);

  const observer = new ResizeObserver(([entry]) => {
    if (fit(Math.floor(entry.contentRect.width)) && layers.length) rebuild();
  });
  observer.observe(root);
  const onResize = () => {
    if (Math.abs(roomBelow() - room) >= RESIZED && layers.length && width) rebuild();
  };
  window.addEventListener("resize", onResize);

  /** @returns {number} the window's height from the top of the picture on, with the page not scrolled */
  function roomBelow() {
    if (typeof data?.spare !== "number") return 0;
    const scroller =
      /** @type {ShadowRoot} */ (root.getRootNode()).host?.closest('[data-testid="stMain"]') ??
      document.scrollingElement;
    const top = picture.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    return scroller.clientHeight - top - data.spare;
  }

  /** @returns {boolean} whether the width is a new one; a hidden component has none */
  function fit(now) {
    if (now === width || now === 0) return false;
    width = now;
    root.classList.toggle("is-narrow", width < NARROW);
    root.classList.toggle("is-dense", width >= NARROW && width < DENSE);
    return true;
  }

  function say(words) {
    line.classList.toggle("is-live", Boolean(words));
    write(line, words || (frame?.gradients.length ? text.hint_back : text.hint));
  }

  function makeSwitch() {
    const buttons = REACHES.map((name) => {
      const input = make("input", { type: "radio", name: "range", value: name, checked: name === reach });
      input.onchange = () => {
        reach = name;
        remember(name);
        paint();
      };
      return make("label", {}, [input, make("span", { text: text[`range_${name}`] })]);
    });
    return make("fieldset", { class: "segments ranges" }, [make("legend", { text: text.range }), ...buttons]);
  }

  function take(newData, setStateValue) {
    const began = performance.now();
    data = newData;
    send = setStateValue;
    const newTheme = themeOf(root);
    if (newTheme !== theme) dress(newTheme);
    if (data.follow !== followed) follow(data.follow);
    turn = Math.max(turn, data.turn);
    const newSignature = JSON.stringify(data.layers);
    if (newSignature !== signature) {
      signature = newSignature;
      layers = readLayers(data.layers);
      takeOff(layers, data.off);
      offNow = JSON.stringify(data.off);
      prediction = makePrediction(text, layers[layers.length - 1].units);
      header.replaceChildren(prediction.element);
      const chosen = opened ?? data.opened;
      opened = null;
      takeAll();
      if (!width) fit(Math.floor(root.clientWidth));
      if (width) rebuild(chosen);
    } else {
      const sided = isSided();
      if (offNow !== JSON.stringify(data.off)) {
        offNow = JSON.stringify(data.off);
        takeOff(layers, data.off);
        if (width) picture.markOff();
      }
      const changed = takeAll();
      if (width && sided !== isSided()) rebuild();
      else showFrame(changed);
    }
    tell(began);
  }

  /** @returns {import("./network.js").Layer[]} of which something else is known than before */
  function takeAll() {
    takeValues(layers, data.values);
    takeGradients(layers, data.graded, data.gradients);
    if (!data.follow) frame = null;
    return takeFrame(layers, frame);
  }

  /** Whether the picture may show anything but outputs. */
  function isSided() {
    return Boolean(frame ?? followed) || data.graded.length > 0;
  }

  function follow(channel) {
    unfollow();
    followed = channel;
    unfollow = channel ? followFrames(channel, onFrame) : () => {};
  }

  /** A player on the page is at another stop. */
  function onFrame(next) {
    const before = frame;
    frame = next ?? NOTHING;
    showFrame(takeFrame(layers, frame), true);
    const moved = before && before !== NOTHING && before.number !== frame.number;
    if (moved && width && layers.length) picture.keepInView();
  }

  /**
   * @param {import("./network.js").Layer[]} changed layers of which something else is known than before
   * @param {boolean} same whether all values are the same as before
   */
  function showFrame(changed, same = false) {
    if (!width || !layers.length) return;
    if (changed.includes(opened?.layer)) detail.show(opened, layers);
    if (same) {
      picture.update(changed, makeLook(), firstOf());
      showPrediction();
      updateDetail();
    } else {
      if (changed.length) picture.label(changed);
      paint();
    }
    picture.light(frame?.current ?? null);
    if (same) tellFrame();
  }

  /** What tests and other pages read: only now, when everything is painted. */
  function tell(began) {
    root.dataset.seq = String(data.seq);
    tellFrame();
    root.dataset.milliseconds = (performance.now() - began).toFixed(2);
  }

  /** The part of it that changes with what is known. */
  function tellFrame() {
    const first = firstOf();
    if (frame) root.dataset.frame = String(frame.number ?? "");
    root.dataset.prediction = first < 0 ? "" : String(first);
    root.dataset.probability = first < 0 ? "" : String(readProbabilities()[first]);
  }

  function readProbabilities() {
    const { buffer, byteOffset, byteLength } = data.probabilities;
    return new Float32Array(buffer, byteOffset, byteLength >> 2);
  }

  /** @returns {Float32Array} empty where they aren't known */
  function knownProbabilities() {
    return layers[layers.length - 1].state === "none" ? NO_PROBABILITIES : readProbabilities();
  }

  /** @returns {number} the most probable class, -1 where there isn't just one */
  function firstOf() {
    const leaders = leadersOf(knownProbabilities());
    return leaders.length === 1 ? leaders[0] : -1;
  }

  /** @param {import("../shared/colors.js").Theme} newTheme */
  function dress(newTheme) {
    theme = newTheme;
    scales = makeScales(data.palette[theme]);
    const colors = data.palette[theme];
    bars = { accent: pack(colors.accent), bar: pack(colors.bar), track: pack(colors.track) };
    root.dataset.theme = theme;
    for (const name of ["accent", "track", "bar"]) root.style.setProperty(`--${name}`, colors[name]);
  }

  /**
   * @param {{layer: string | object, channel?: number, unit?: number, cell?: {row: number, column: number} | null} | null} chosen
   *     unit to open, from here or from Python
   */
  function rebuild(chosen = opened) {
    room = roomBelow();
    picture.build(layers, width, isSided(), room);
    const name = chosen && (chosen.layer.name ?? chosen.layer);
    const layer = layers.find((one) => one.name === name);
    const unit = chosen && (chosen.unit ?? chosen.channel);
    const fits = layer && unit < layer.units;
    const cell = chosen?.cell ?? null;
    const within = cell && fits && cell.row < layer.rows && cell.column < layer.columns;
    opened = fits ? { layer, unit, cell: within ? cell : strongest(layer, unit) } : null;
    picture.markOpened(opened);
    picture.light(frame?.current ?? null);
    picture.mark(data.marked);
    detail.show(opened, layers);
    paint();
  }

  function paint() {
    if (!width || !layers.length) return;
    const look = makeLook();
    key.show(look, isSided(), layers);
    picture.paint(look, firstOf());
    picture.mark(data.marked);
    showPrediction();
    updateDetail();
  }

  function showPrediction() {
    if (!line.classList.contains("is-live")) say("");
    const empty = data.values.byteLength === 0;
    prediction.show(knownProbabilities(), empty ? text.empty : text.unknown);
  }

  function updateDetail() {
    if (opened) detail.update({ look: makeLook(), switches: Boolean(data.off), ...readWeights() });
  }

  /** @returns {import("./picture.js").Look} */
  function makeLook() {
    const outputs = rangesOf(layers, reach);
    const faces = layers.map((layer) => layer.gradient).filter(Boolean);
    const gradients = rangesOf(faces, reach);
    const rangeOf = faces.length ? (face, unit) => (faces.includes(face) ? gradients : outputs)(face, unit) : outputs;
    return {
      scales,
      rangeOf,
      reach,
      bars,
      empty: data.values.byteLength === 0,
      backward: Boolean(frame?.gradients.length),
    };
  }

  /** The opened unit's weights, and those through which its gradient comes, once they are here. */
  function readWeights() {
    const facts = data.opened && data.opened.layer === opened.layer.name ? data.facts : null;
    const here = data.opened && data.opened.layer === opened.layer.name && data.opened.channel === opened.unit;
    const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    const onward = here && data.onward.byteLength ? floats(data.onward) : null;
    if (!here || !data.kernel.byteLength) return { kernel: null, bias: 0, onward, facts };
    return { facts, kernel: floats(data.kernel), bias: floats(data.bias)[0] ?? 0, onward };
  }

  /** @param {import("./picture.js").Place | null} place null closes the detail @param {boolean} byKey */
  function open(place, byKey = false) {
    const before = opened;
    const same = before && place && before.layer === place.layer && before.unit === place.unit;
    opened = place && { ...place, cell: place.cell ?? strongest(place.layer, place.unit) };
    picture.markOpened(opened);
    detail.show(opened, layers);
    paint();
    if (!same) send("opened", place ? { layer: place.layer.name, channel: place.unit } : null);
    if (place && !same) detail.reveal();
    if (byKey) detail.focus();
    if (!place && before) picture.focus(before);
  }

  function close() {
    document.removeEventListener("keydown", onKey);
    observer.disconnect();
    window.removeEventListener("resize", onResize);
    unfollow();
  }

  return { take, close };
}

/** @returns {import("./network.js").Reach} */
function remembered() {
  try {
    const name = /** @type {import("./network.js").Reach} */ (sessionStorage.getItem(REMEMBERED));
    return REACHES.includes(name) ? name : "layer";
  } catch {
    return "layer"; // a browser that forbids storage
  }
}

function remember(name) {
  try {
    sessionStorage.setItem(REMEMBERED, name);
  } catch {
    // The choice then lasts as long as the page.
  }
}
