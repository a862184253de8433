// Component module: shows each new value, holds the visitor's choices, and connects the parts.

/** @import { Palette, Scale, Theme } from "../shared/colors.js" */
/** @import { Frame, Position } from "../shared/frames.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Opened } from "./detail.js" */
/** @import { Pair } from "./edges.js" */
/** @import { Described, Layer, Reach } from "./network.js" */
/** @import { Look, Place } from "./picture.js" */
/** @import { DescribedWeights, Weights } from "./weight_cells.js" */
import { makeScales, pack, themeOf } from "../shared/colors.js";
import { make, write } from "../shared/dom.js";
import { followPositions } from "../shared/frames.js";
import { makeDetail, strongest } from "./detail.js";
import { readEdges, shownEdges } from "./edges.js";
import { makeMembership } from "./groups.js";
import { makeKey } from "./key.js";
import { rangesOf, readLayers, stateAt, takeFrame, takeGradients, takeOff } from "./network.js";
import { makePicture } from "./picture.js";
import { makePlayback, sceneAt } from "./playback.js";
import { leadersOf, makePrediction } from "./prediction.js";
import { takeAgain, takeValues } from "./values.js";
import { readWeights as readAllWeights } from "./weight_cells.js";
import { makeZoom } from "./zoom.js";

export const skeleton = '<div class="network-view" data-testid="network-view"></div>';

/** @type {Reach[]} */
const REACHES = ["map", "layer", "network"];
const NARROW = 560;
const DENSE = 800;
const RESIZED = 24; // least change of the height, in pixels, that causes a new layout
const REMEMBERED = "cnn-playground-range";
/** @type {Frame} */
const NOTHING = {
  ...{ number: -1, phase: "", activations: [], gradients: [] },
  ...{ parameters: [], parameter: null, current: null },
};
const NO_PROBABILITIES = new Float32Array(0);

/**
 * @typedef {object} NetworkData see `network_view` in Python
 * @property {string | null} ticket classifier whose newer values may arrive over the fast path
 * @property {Described[]} layers
 * @property {{layer: string, channel: number} | null} opened the unit that the visitor clicked last
 * @property {Uint8Array} kernel its weights, float32, little-endian like all numbers here; empty for none
 * @property {Uint8Array} bias
 * @property {{parameters: string | null, size: string | null} | null} facts calculations about its layer
 * @property {string[]} graded names of the layers that have a gradient
 * @property {Uint8Array} gradients
 * @property {Uint8Array} onward the weights with which the next layer reads the opened unit, empty for none
 * @property {string | null} follow channel of the player that publishes what has been computed
 * @property {string | null} marked name of a layer to highlight
 * @property {number | null} spare pixels of the window's height to leave free under the picture, null not to fill it
 * @property {Record<string, number[]> | null} off channels that are switched off, by the layer's name; null if none can be
 * @property {string | null} group pictures with the same group have the same color scales, null for none
 * @property {number} taken number of the last switch that Python has handled
 * @property {number} revision
 * @property {[string, string, number][]} forward_edges see `edges.py`, as all with these prefixes
 * @property {Uint8Array} forward_values
 * @property {Uint8Array} forward_units
 * @property {Record<string, string>} forward_reasons why a layer has no edges, by its name
 * @property {[string, string, number][]} backward_edges
 * @property {Uint8Array} backward_values
 * @property {Uint8Array} backward_units
 * @property {Record<string, string>} backward_reasons
 * @property {[string, string, number][]} after_edges
 * @property {Uint8Array} after_values outputs after a recorded step; empty for none
 * @property {Uint8Array} after_units
 * @property {Record<string, string>} after_reasons
 * @property {Uint8Array} after_outputs
 * @property {Uint8Array} after_probabilities
 * @property {Uint8Array} after_kernel as `kernel` and `bias`, after the step
 * @property {Uint8Array} after_bias
 * @property {DescribedWeights[]} weights of the layers, before and after the step, see `step_data.py`
 * @property {Uint8Array} weight_cells
 * @property {number} factor by which the change of the weights is magnified
 * @property {number | null} target class with whose probability the loss compares
 * @property {Uint8Array} values empty for no drawing, as are the probabilities
 * @property {Uint8Array} probabilities
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Node, ReturnType<typeof makeView>>} */
const views = new WeakMap();

/** @param {Component<NetworkData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".network-view"));
  const view = views.get(parentElement) ?? makeView(root, data.text);
  views.set(parentElement, view);
  view.take(data, setStateValue);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

/** @param {HTMLElement} root @param {Words} text */
function makeView(root, text) {
  /** @type {Component<NetworkData>["setStateValue"]} */
  let send;
  let signature = "";
  /** @type {Layer[]} */
  let layers = [];
  /** @type {Pair[]} */
  let forward = [];
  /** @type {Pair[]} */
  let backward = [];
  /** @type {Pair[]} */
  let after = [];
  /** @type {Weights[]} */
  let weights = [];
  /** Edges that were shown last, with what they depend on. @type {{layers: Layer[], states: string, values: Uint8Array, back: Uint8Array, shown: ReturnType<typeof shownEdges>} | null} */
  let edges = null;
  /** @type {NetworkData} */
  let data;
  /** @type {Theme | ""} */
  let theme = "";
  /** @type {Look["scales"]} */
  let scales;
  /** @type {Look["bars"]} */
  let bars;
  let width = 0;
  /** Height that the picture may fill. */
  let room = 0;
  let reach = remembered();
  /** @type {Opened | null} */
  let opened = null;
  /** @type {ReturnType<typeof makePrediction>} */
  let prediction;
  /** Position of the player, null without one: then every output is shown. @type {Position | null} */
  let position = null;
  /** Stop that it shows. @type {Frame | null} */
  let frame = null;
  /** Channel of that player. @type {string | null} */
  let followed = null;
  /** Channels that are switched off, as JSON. */
  let offNow = "";
  /** Number of the last switch. */
  let picked = 0;
  let unfollow = () => {};

  const membership = makeMembership({
    layers: () => layers,
    signature: () => signature,
    repaint(shared) {
      if (shared !== reach) choose(shared);
      paint();
    },
  });
  const touch = matchMedia("(hover: none)");
  const line = make("p", { class: "readout", text: hint() });
  const picture = makePicture(text, open, say, (place) => {
    if (layers.length && scales) key.show(makeLook(), isSided(), layers, place);
  });
  const playback = makePlayback({
    sheetOf: picture.sheetOf,
    paint: (layer) => picture.paintLayer(layer, firstOf()),
    edgesAt: (stop) => shownEdges(layers, { forward, backward, after }, (layer) => stateAt(layer, stop)),
  });
  const detail = makeDetail(
    text,
    () => open(null),
    (cell) => {
      if (opened) opened = { ...opened, cell };
      picture.markOpened(opened);
    },
    (layer, unit, on) => {
      send("picked", { layer: layer.name, channel: unit, on, revision: ++picked });
    },
    () => zoom.arrange(),
  );
  const zoom = makeZoom(picture, detail, () => open(null));
  const answer = make("div");
  const key = makeKey(text);
  root.replaceChildren(
    make("div", { class: "header" }, [answer, make("div", { class: "toolbar" }, [line, makeSwitch()])]),
    zoom.element,
    key.element,
  );
  // Wherever the focus is, even on the pad, unless a dialog of the page is open.
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

  /** @returns {number} height of the window below the top of the picture, with the page scrolled to its top */
  function roomBelow() {
    if (typeof data?.spare !== "number") return 0;
    const scroller =
      /** @type {ShadowRoot} */ (root.getRootNode()).host?.closest('[data-testid="stMain"]') ??
      document.documentElement;
    const top = picture.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    const docked = Number.parseFloat(getComputedStyle(root).getPropertyValue("--covered-below")) || 0; // see app.css
    return scroller.clientHeight - top - Math.max(data.spare, docked);
  }

  /** @param {number} now width; a hidden component has none @returns {boolean} true if the width has changed */
  function fit(now) {
    if (now === width || now === 0) return false;
    width = now;
    root.classList.toggle("is-narrow", width < NARROW);
    root.classList.toggle("is-dense", width >= NARROW && width < DENSE);
    return true;
  }

  /** @param {string} words */
  function say(words) {
    line.classList.toggle("is-live", Boolean(words));
    write(line, words || hint());
  }

  /** Hint at the use of a map, by pointer or by touch. */
  function hint() {
    if (touch.matches) return text.hint_touch;
    return frame?.gradients.length ? text.hint_back : text.hint;
  }

  function makeSwitch() {
    const buttons = REACHES.map((name) => {
      const input = make("input", { type: "radio", name: "range", value: name, checked: name === reach });
      input.onchange = () => {
        choose(name);
        paint();
        membership.tell(reach);
      };
      return make("label", {}, [input, make("span", { text: text[`range_${name}`] })]);
    });
    return make("fieldset", { class: "segments ranges" }, [make("legend", { text: text.range }), ...buttons]);
  }

  /** @param {Reach} name */
  function choose(name) {
    reach = name;
    remember(name);
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll(".ranges input")))
      input.checked = input.value === name;
  }

  /** @param {NetworkData} newData @param {Component<NetworkData>["setStateValue"]} setStateValue */
  function take(newData, setStateValue) {
    const began = performance.now();
    data = newData;
    send = setStateValue;
    const newTheme = themeOf(root);
    if (newTheme !== theme) dress(newTheme);
    if (data.follow !== followed) follow(data.follow);
    membership.join(data.group);
    picked = Math.max(picked, data.taken);
    const newSignature = JSON.stringify(data.layers);
    if (newSignature !== signature) {
      signature = newSignature;
      layers = readLayers(data.layers);
      takeOff(layers, data.off);
      offNow = JSON.stringify(data.off);
      prediction = makePrediction(text, layers[layers.length - 1]);
      // The first layers of a network answer nothing.
      answer.replaceChildren(...(layers[layers.length - 1].bars ? [prediction.element] : []));
      const chosen = opened ? { layer: opened.layer.name, unit: opened.unit, cell: opened.cell } : sentUnit();
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
    membership.tell(reach);
    tell(began);
  }

  /** @returns {Layer[]} the layers whose state has changed */
  function takeAll() {
    takeValues(layers, data.values);
    takeGradients(layers, data.graded, data.gradients);
    forward = readEdges({ edges: data.forward_edges, values: data.forward_values, units: data.forward_units });
    backward = readEdges({ edges: data.backward_edges, values: data.backward_values, units: data.backward_units });
    after = readEdges({ edges: data.after_edges, values: data.after_values, units: data.after_units });
    takeAgain(layers, data.layers, data.after_outputs);
    weights = readAllWeights(data.weights, data.weight_cells);
    if (!data.follow) frame = position = null;
    return takeFrame(layers, frame);
  }

  /** True if the picture may show more than outputs. */
  function isSided() {
    return Boolean(frame ?? followed) || data.graded.length > 0;
  }

  /** @param {string | null} channel */
  function follow(channel) {
    unfollow();
    followed = channel;
    unfollow = channel ? followPositions(channel, onPosition) : () => {};
  }

  /** Show another position of the player. @param {Position | null} next */
  function onPosition(next) {
    const before = frame;
    position = next ?? { from: NOTHING, to: NOTHING, shown: NOTHING, u: 1 };
    frame = position.shown;
    const moved = before !== frame;
    if (moved) showFrame(takeFrame(layers, frame), true);
    else stage();
    if (moved && before && before !== NOTHING && width && layers.length && !opened) picture.keepInView();
  }

  /** Draw the position between two stops, or what a stop shows besides its values. */
  function stage() {
    if (!width || !layers.length || !position) return;
    const first = firstOf();
    const between = position.from !== position.to && position.u < 1;
    // At the end of a way, what was between its stops is painted over.
    if (!between && playback.reset()) for (const layer of layers) picture.paintLayer(layer, first);
    const scene = between ? playback.show(layers, weights, position) : sceneAt(edgesNow(), weights, frame);
    picture.stage(scene, data.target ?? -1, first);
    const hatched = layers.some(({ state }) => state === "none");
    key.note(
      opened ? null : (scene.weights[0]?.overlay.kind ?? null),
      data.factor,
      scene.missing > 0 && data.target !== null,
      hatched,
    );
    root.dataset.u = position.u.toFixed(3);
  }

  /**
   * @param {Layer[]} changed layers whose state has changed
   * @param {boolean} same true if no value has changed
   */
  function showFrame(changed, same = false) {
    if (!width || !layers.length) return;
    if (opened && changed.includes(opened.layer)) detail.show(...detailed(opened));
    if (same) {
      picture.update(changed, makeLook(), firstOf());
      showPrediction();
      updateDetail();
    } else {
      if (changed.length) picture.label(changed);
      paint();
    }
    picture.light(frame?.current ?? null);
    stage();
    if (same) tellFrame();
  }

  /** Set the attributes that tests and other pages read, after everything is painted. @param {number} began */
  function tell(began) {
    root.dataset.seq = String(data.revision);
    tellFrame();
    root.dataset.milliseconds = (performance.now() - began).toFixed(2);
  }

  /** Set those attributes that change with the stop. */
  function tellFrame() {
    const first = firstOf();
    if (frame) root.dataset.frame = String(frame.number ?? "");
    root.dataset.prediction = first < 0 ? "" : String(first);
    root.dataset.probability = first < 0 ? "" : String(readProbabilities()[first]);
  }

  function readProbabilities() {
    const again = layers[layers.length - 1].state === "again";
    const { buffer, byteOffset, byteLength } = again ? data.after_probabilities : data.probabilities;
    return new Float32Array(buffer, byteOffset, byteLength >> 2);
  }

  /** @returns {Float32Array} empty until they have been computed */
  function knownProbabilities() {
    return layers[layers.length - 1].state === "none" ? NO_PROBABILITIES : readProbabilities();
  }

  /** @returns {number} the most probable class, -1 if there is no single one */
  function firstOf() {
    const leaders = leadersOf(knownProbabilities());
    return leaders.length === 1 ? leaders[0] : -1;
  }

  /** @param {Theme} newTheme */
  function dress(newTheme) {
    theme = newTheme;
    scales = makeScales(data.palette[theme]);
    const colors = data.palette[theme];
    bars = {
      ...{ accent: pack(colors.accent), bar: pack(colors.bar), track: pack(colors.track) },
      night: pack(colors.night[(colors.night.length - 1) / 2]),
    };
    root.dataset.theme = theme;
    for (const name of /** @type {const} */ (["accent", "track", "bar"]))
      root.style.setProperty(`--${name}`, colors[name]);
    root.style.setProperty("--night", colors.night[(colors.night.length - 1) / 2]);
  }

  /** Unit that is open according to Python. */
  function sentUnit() {
    return data.opened && { layer: data.opened.layer, unit: data.opened.channel, cell: null };
  }

  /** @param {{layer: string, unit: number, cell: Place["cell"]} | null} chosen unit to open */
  function rebuild(chosen = opened && { ...opened, layer: opened.layer.name }) {
    room = roomBelow();
    root.classList.toggle("is-wide", picture.build(layers, width, isSided(), room));
    const layer = layers.find((one) => one.name === chosen?.layer);
    opened = null;
    if (layer && chosen && chosen.unit < layer.units) {
      const { unit, cell } = chosen;
      const within = cell && cell.row < layer.rows && cell.column < layer.columns;
      opened = { layer, unit, cell: within ? cell : strongest(layer, unit) };
    }
    picture.markOpened(opened);
    picture.light(frame?.current ?? null);
    picture.mark(data.marked);
    detail.show(...detailed(opened));
    paint();
    zoom.set(opened, false);
  }

  function paint() {
    if (!width || !layers.length) return;
    const look = makeLook();
    key.show(look, isSided(), layers, opened);
    picture.paint(look, firstOf());
    picture.mark(data.marked);
    playback.reset();
    stage();
    showPrediction();
    updateDetail();
  }

  function showPrediction() {
    if (!line.classList.contains("is-live")) say("");
    const empty = data.values.byteLength === 0;
    prediction.show(knownProbabilities(), empty ? text.empty : text.unknown);
  }

  /** Unit of the detail with its layers: the opened one or, after the step, the same unit in the pass after it. @param {Opened | null} shown @returns {[Opened | null, Layer[]]} */
  function detailed(shown) {
    const again = shown?.layer.state === "again" ? shown.layer.again : null;
    if (!shown || !again) return [shown, layers];
    return [{ ...shown, layer: again }, layers.flatMap((layer) => layer.again ?? [])];
  }

  function updateDetail() {
    if (opened) detail.update({ look: makeLook(), switches: Boolean(data.off), ...readWeights(opened) });
  }

  /** @returns {ReturnType<typeof shownEdges>} the same array as before, as long as nothing of it has changed */
  function edgesNow() {
    const states = layers.map(({ state }) => state).join();
    const { forward_values: values, backward_values: back } = data;
    let now = edges;
    if (!now || now.layers !== layers || now.states !== states || now.values !== values || now.back !== back)
      now = { layers, states, values, back, shown: shownEdges(layers, { forward, backward, after }) };
    edges = now;
    return now.shown;
  }

  /** @returns {Look} */
  function makeLook() {
    const outputs = rangesOf(layers, reach, membership.layers());
    const faces = layers.flatMap((layer) => layer.gradient ?? []);
    const gradients = rangesOf(faces, reach);
    // The same scale before and after a step.
    const rangeOf = (/** @type {Layer} */ face, /** @type {number} */ unit) =>
      faces.includes(face) ? gradients(face, unit) : outputs(layers[face.index], unit);
    return {
      scales,
      rangeOf,
      reach,
      bars,
      edges: edgesNow(),
      reasons: {
        activation: data.forward_reasons,
        gradient: data.backward_reasons,
        again: data.after_reasons,
      },
      empty: data.values.byteLength === 0,
      backward: Boolean(frame?.gradients.length),
    };
  }

  /** Weights of the opened unit and those through which its gradient flows, once they have arrived. @param {Opened} shown */
  function readWeights(shown) {
    const facts = data.opened?.layer === shown.layer.name ? data.facts : null;
    const here = data.opened?.layer === shown.layer.name && data.opened.channel === shown.unit;
    const floats = (/** @type {Uint8Array} */ bytes) =>
      new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    const onward = here && data.onward.byteLength ? floats(data.onward) : null;
    const again = shown.layer.state === "again";
    const [kernel, bias] = again ? [data.after_kernel, data.after_bias] : [data.kernel, data.bias];
    if (!here || !kernel.byteLength) return { kernel: null, bias: 0, onward, facts };
    return { facts, kernel: floats(kernel), bias: floats(bias)[0] ?? 0, onward };
  }

  /** @param {Place | null} place null closes the detail @param {boolean} byKey */
  function open(place, byKey = false) {
    const before = opened;
    const same = before && place && before.layer === place.layer && before.unit === place.unit;
    zoom.prepare();
    if (place && !same) picture.point(null);
    opened = place && { ...place, cell: place.cell ?? strongest(place.layer, place.unit) };
    picture.markOpened(opened);
    detail.show(...detailed(opened));
    paint();
    if (!same) {
      zoom.set(opened, true);
      send("opened", place ? { layer: place.layer.name, channel: place.unit } : null);
    }
    if (byKey) detail.focus();
    if (!place && before) picture.focus(before, true);
  }

  function close() {
    document.removeEventListener("keydown", onKey);
    observer.disconnect();
    window.removeEventListener("resize", onResize);
    unfollow();
    membership.join(null);
  }

  return { take, close };
}

/** @returns {Reach} */
function remembered() {
  try {
    const name = /** @type {Reach} */ (sessionStorage.getItem(REMEMBERED));
    return REACHES.includes(name) ? name : "layer";
  } catch {
    return "layer"; // the browser forbids storage
  }
}

/** @param {Reach} name */
function remember(name) {
  try {
    sessionStorage.setItem(REMEMBERED, name);
  } catch {
    // The choice then lasts as long as the page.
  }
}
