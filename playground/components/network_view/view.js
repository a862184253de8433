// The component: takes each new value, keeps what the visitor chose, and joins the parts.

import { makeScales, pack, themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { makeDetail, strongest } from "./detail.js";
import { rangesOf, readLayers, takeValues } from "./network.js";
import { makePicture } from "./picture.js";
import { makePrediction } from "./prediction.js";

const REACHES = ["map", "layer", "network"];
const NARROW = 560;
const DENSE = 800;
const REMEMBERED = "cnn-playground-range";

const views = new WeakMap();

/**
 * Called by Streamlit with each new value.
 *
 * @param {{data: object, parentElement: ParentNode, setStateValue: (name: string, value: unknown) => void}} component
 */
export default function showNetwork({ data, parentElement, setStateValue }) {
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
  let layers = [];
  let data = null;
  let theme = "";
  let scales = null;
  let bars = null;
  let width = 0;
  let reach = remembered();
  /** @type {import("./picture.js").Place | null} */
  let opened = null;
  let prediction = null;

  const line = make("p", { class: "readout", text: text.hint });
  const picture = makePicture(text, open, say);
  const detail = makeDetail(text, () => open(null), (cell) => {
    opened = { ...opened, cell };
    picture.markOpened(opened);
  });
  const header = make("div", { class: "header" });
  root.replaceChildren(header, make("div", { class: "toolbar" }, [line, makeSwitch()]), picture.element, detail.element);
  // Wherever the focus is, for example on the pad, but not under a dialog of the page.
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !opened || document.querySelector('[role="dialog"]')) return;
    open(null);
  };
  document.addEventListener("keydown", onKey);

  const observer = new ResizeObserver(([entry]) => {
    if (fit(Math.floor(entry.contentRect.width)) && layers.length) rebuild();
  });
  observer.observe(root);

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
    write(line, words || text.hint);
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
    return make("fieldset", { class: "ranges" }, [make("legend", { text: text.range }), ...buttons]);
  }

  function take(newData, setStateValue) {
    const began = performance.now();
    data = newData;
    send = setStateValue;
    const newTheme = themeOf(root);
    if (newTheme !== theme) dress(newTheme);
    const newSignature = JSON.stringify(data.layers);
    if (newSignature !== signature) {
      signature = newSignature;
      layers = readLayers(data.layers);
      prediction = makePrediction(text, layers[layers.length - 1].units);
      header.replaceChildren(prediction.element);
      const chosen = opened ?? data.opened;
      opened = null;
      takeValues(layers, data.values);
      if (!width) fit(Math.floor(root.clientWidth));
      if (width) rebuild(chosen);
    } else {
      takeValues(layers, data.values);
      paint();
    }
    tell(began);
  }

  /** What tests and other pages read: only now, when everything is painted. */
  function tell(began) {
    const first = firstOf();
    root.dataset.seq = String(data.seq);
    root.dataset.prediction = first < 0 ? "" : String(first);
    root.dataset.probability = first < 0 ? "" : String(readProbabilities()[first]);
    root.dataset.milliseconds = (performance.now() - began).toFixed(2);
  }

  function readProbabilities() {
    const { buffer, byteOffset, byteLength } = data.probabilities;
    return new Float32Array(buffer, byteOffset, byteLength >> 2);
  }

  /** @returns {number} the most probable class, -1 where there is none */
  function firstOf() {
    const shares = readProbabilities();
    if (!shares.every(Number.isFinite)) return -1;
    return shares.reduce((best, share, index) => (best < 0 || share > shares[best] ? index : best), -1);
  }

  function dress(newTheme) {
    theme = newTheme;
    scales = makeScales(theme);
    const colors = PALETTE[theme];
    bars = { accent: pack(colors.accent), bar: pack(colors.bar), track: pack(colors.track) };
    root.dataset.theme = theme;
    for (const name of ["accent", "track", "bar"]) root.style.setProperty(`--${name}`, colors[name]);
  }

  /** @param {{layer: string | object, channel?: number, unit?: number} | null} chosen unit to open, from here or from Python */
  function rebuild(chosen = opened) {
    picture.build(layers, width);
    const name = chosen && (chosen.layer.name ?? chosen.layer);
    const layer = layers.find((one) => one.name === name);
    const unit = chosen && (chosen.unit ?? chosen.channel);
    const fits = layer && unit < layer.units;
    const cell = chosen?.cell ?? null;
    const within = cell && fits && cell.row < layer.rows && cell.column < layer.columns;
    opened = fits ? { layer, unit, cell: within ? cell : strongest(layer, unit) } : null;
    picture.markOpened(opened);
    detail.show(opened, layers);
    paint();
  }

  function paint() {
    if (!width || !layers.length) return;
    const look = { scales, rangeOf: rangesOf(layers, reach), reach, bars, empty: data.values.byteLength === 0 };
    picture.paint(look, firstOf());
    prediction.show(readProbabilities());
    if (opened) detail.update({ look, ...readWeights() });
  }

  /** The opened unit's weights, once they are here. */
  function readWeights() {
    const here = data.opened && data.opened.layer === opened.layer.name && data.opened.channel === opened.unit;
    if (!here || !data.kernel.byteLength) return { kernel: null, bias: 0 };
    const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    return { kernel: floats(data.kernel), bias: floats(data.bias)[0] ?? 0 };
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
  }

  return { take, close };
}

function remembered() {
  try {
    const name = sessionStorage.getItem(REMEMBERED);
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
