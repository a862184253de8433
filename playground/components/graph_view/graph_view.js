// Component module: shows each new graph; holds the camera, the selection and the search.

/** @import { Palette, Scale, Theme } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Drawing } from "./drawing.js" */
/** @import { Arrow, Box, Camera } from "./geometry.js" */
import { makeScales, themeOf } from "../shared/colors.js";
import { make, makeSvg, write } from "../shared/dom.js";
import { followPointers } from "./camera.js";
import { draw, dress, makeHeads, mark } from "./drawing.js";
import { fitAll, isShown, keepInside, neighbor, openingView, reveal, zoomAt } from "./geometry.js";
import { showLegend } from "./legend.js";
import { spanOf } from "./norms.js";
import { makeToolbar } from "./toolbar.js";

export const skeleton = '<div class="graph-view" data-testid="graph-view"></div>';

const STEP = 1.3;
const FAR = 0.5; // below this scale, the boxes' second lines can't be read
const MOVING_MS = 220;
const REMEMBERED_COLOR = "cnn-playground-graph-color";

/**
 * @typedef {object} GraphData
 * @property {Box[]} boxes the root first
 * @property {Arrow[]} arrows
 * @property {number[]} size of the drawing
 * @property {string[]} kinds all kinds, in the legend's order
 * @property {string | null} selected id
 * @property {number} taken revision of the last pick that Python has handled
 * @property {number} revision
 * @property {number} height
 * @property {Words} text
 * @property {Palette} palette
 */

/** @type {WeakMap<Node, ReturnType<typeof makeGraph>>} */
const graphs = new WeakMap();

/** @param {Component<GraphData>} component with a new value */
export function render({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".graph-view"));
  const graph = graphs.get(parentElement) ?? makeGraph(root, data.text);
  graphs.set(parentElement, graph);
  graph.take(data, setStateValue);
  return () => {
    graph.close();
    graphs.delete(parentElement);
  };
}

/** @param {HTMLElement} root @param {Words} text */
function makeGraph(root, text) {
  /** @type {GraphData} */
  let data;
  /** @type {Component<GraphData>["setStateValue"]} */
  let send;
  let picked = 0;
  let signature = "";
  let ids = "";
  /** @type {Theme} */
  let theme;
  /** @type {Record<string, Scale>} */
  let scales;
  let color = recall();
  let [width, height] = [0, 0];
  /** @type {Camera} */
  let camera = { x: 0, y: 0, scale: 1 };
  let moved = false; // true once the visitor has moved the camera, which then stays
  let animation = 0;
  /** Undefined before the first graph. @type {Drawing} */
  let drawing;
  let selected = -1;
  let current = 0;
  let words = "";
  /** @type {number[] | null} */
  let found = null;
  let at = 0;

  const surface = makeSvg("svg", { class: "surface" });
  const legend = make("div", { class: "legend" });
  const toolbar = makeToolbar(text, { search, next, color: setColor, zoom });
  const readout = make("p", { class: "readout" });
  const frame = make("div", { class: "window" }, [surface, toolbar.zoom]);
  root.replaceChildren(toolbar.element, frame, make("div", { class: "foot" }, [legend, readout]));

  followPointers(
    surface,
    () => camera,
    (to) => {
      moved = true;
      look(to);
    },
  );
  surface.addEventListener("click", (event) => {
    const index = indexOf(event.target);
    if (index >= 0) pick(index);
  });
  surface.addEventListener("keydown", onKey);
  // Not on the SVG: Chromium adds an SVG that listens to focus events to the Tab order.
  frame.addEventListener("focusin", (event) => {
    const index = indexOf(event.target);
    if (index < 0) return;
    goTo(index);
    look(reveal(camera, data.boxes[index], width, height), true);
  });
  surface.addEventListener("pointerover", (event) => {
    write(readout, data.boxes[indexOf(event.target)]?.title ?? text.hint);
  });
  surface.addEventListener("pointerleave", () => write(readout, text.hint));

  const observer = new ResizeObserver(() => {
    const before = width;
    measure();
    if (!width || width === before) return;
    if (moved) look(camera);
    else open();
  });
  observer.observe(surface);

  function measure() {
    [width, height] = [surface.clientWidth, surface.clientHeight];
  }

  /** @param {EventTarget | null} target @returns {number} index of the box there, -1 for none */
  function indexOf(target) {
    const box = target instanceof Element ? target.closest(".box") : null;
    return box ? drawing.boxes.findIndex(({ element }) => element === box) : -1;
  }

  /** @param {GraphData} newData @param {Component<GraphData>["setStateValue"]} setStateValue */
  function take(newData, setStateValue) {
    data = newData;
    send = setStateValue;
    for (const one of [...data.boxes, ...data.arrows]) one.value = one.value === null ? null : Number(one.value);
    const newTheme = themeOf(root);
    const dressed = newTheme !== theme;
    if (dressed) {
      theme = newTheme;
      scales = makeScales(data.palette[theme]);
      root.dataset.theme = theme;
      root.style.setProperty("--accent", data.palette[theme].accent);
    }
    surface.style.height = `${data.height}px`;
    const newSignature = JSON.stringify([data.boxes, data.arrows]);
    const before = drawing ? ids : "";
    if (newSignature !== signature) {
      signature = newSignature;
      build(before);
    } else if (dressed) {
      paint();
    }
    // A pick that Python hasn't handled yet takes precedence over Python's selection.
    if (data.taken >= picked) {
      picked = data.taken;
      const index = data.boxes.findIndex((box) => box.id === data.selected);
      if (index !== selected) {
        selected = index;
        if (index >= 0) {
          current = index;
          if (width && before === ids) look(reveal(camera, data.boxes[index], width, height), true);
        }
      }
    }
    markAll();
    tell();
  }

  /** @param {string} before ids of the boxes that were shown */
  function build(before) {
    ids = JSON.stringify(data.boxes.map((box) => box.id));
    const focused = before !== "" && surface.matches(":focus-within");
    drawing = draw(data.boxes, data.arrows, text.boxes);
    surface.replaceChildren(makeHeads(), drawing.element);
    toolbar.offerNorms(data.boxes.some((box) => box.value !== null));
    measure();
    paint();
    if (ids !== before) {
      selected = -1;
      current = 0;
      moved = false;
      open();
    } else {
      look(camera);
      if (focused) drawing.boxes[current].element.focus({ preventScroll: true });
    }
    find();
  }

  function open() {
    if (!width || !data.boxes.length) return;
    const opening = openingView(data.size, data.boxes[0], width, height);
    const index = data.boxes.findIndex((box) => box.id === data.selected);
    look(index > 0 ? reveal(opening, data.boxes[index], width, height) : opening);
  }

  function paint() {
    const byNorm = color === "norm" && data.boxes.some((box) => box.value !== null);
    toolbar.setColor(byNorm ? "norm" : "kind");
    const style = {
      byNorm,
      kinds: data.palette[theme].kinds,
      scale: scales.sequential,
      span: spanOf(data.boxes.map((box) => box.value)),
      text,
    };
    dress(drawing, data.boxes, data.arrows, style);
    showLegend(
      legend,
      data.kinds.filter((kind) => data.boxes.some((box) => box.kind === kind)),
      style,
    );
    if (!readout.textContent) write(readout, text.hint);
    root.dataset.color = byNorm ? "norm" : "kind";
  }

  function markAll() {
    mark(drawing, data.arrows, selected, current, found && new Set(found));
    toolbar.tell(found?.length ?? null, at);
  }

  /** Set the attributes that tests and other pages read, after everything is painted. */
  function tell() {
    root.dataset.selected = data.boxes[selected]?.id ?? "";
    root.dataset.boxes = String(data.boxes.length);
    root.dataset.seq = String(data.revision);
  }

  /** @param {Camera} to @param {boolean} slowly */
  function look(to, slowly = false) {
    cancelAnimationFrame(animation);
    const goal = keepInside(to, data.size, width, height);
    if (!slowly || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      show(goal);
      return;
    }
    const from = camera;
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, Math.max(0, (now - began) / MOVING_MS));
      const eased = 1 - (1 - share) ** 3;
      const between = (/** @type {keyof Camera} */ name) => from[name] + (goal[name] - from[name]) * eased;
      show({ x: between("x"), y: between("y"), scale: between("scale") });
      if (share < 1) animation = requestAnimationFrame(step);
    };
    animation = requestAnimationFrame(step);
  }

  /** @param {Camera} now */
  function show(now) {
    camera = now;
    drawing.element.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
    surface.classList.toggle("is-far", camera.scale < FAR);
    root.dataset.scale = camera.scale.toFixed(3);
  }

  /** @param {number} index */
  function goTo(index) {
    if (index === current) return;
    current = index;
    markAll();
  }

  /** @param {number} index */
  function pick(index) {
    selected = current = index;
    picked += 1;
    markAll();
    tell();
    drawing.boxes[index].element.focus({ preventScroll: true });
    send("picked", { id: data.boxes[index].id, revision: picked });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !data.boxes.length) return;
    const leads = { Home: () => 0, End: () => data.boxes.length - 1 }[event.key];
    if (event.key.startsWith("Arrow") || leads) {
      const index = leads ? leads() : neighbor(event.key, current, data.boxes, data.arrows);
      drawing.boxes[index].element.focus({ preventScroll: true });
    } else if (event.key === "Enter" || event.key === " ") {
      pick(current);
    } else {
      const name = { "+": "zoom_in", "-": "zoom_out", 0: "fit" }[event.key];
      if (!name) return;
      zoom(name);
    }
    event.preventDefault();
  }

  /** @param {string} name of the button */
  function zoom(name) {
    moved = name !== "fit";
    const middle = { x: width / 2, y: height / 2 };
    if (name === "fit") look(fitAll(data.size, width, height), true);
    else look(zoomAt(camera, name === "zoom_in" ? STEP : 1 / STEP, middle), true);
  }

  /** @param {string} newWords */
  function search(newWords) {
    words = newWords;
    at = 0;
    find();
    if (found?.length && !found.some((index) => isShown(camera, data.boxes[index], width, height))) goSee(found[0]);
  }

  /** Bring a match into view, large enough to be read. @param {number} index */
  function goSee(index) {
    moved = true;
    look(
      reveal(
        camera.scale < FAR ? zoomAt(camera, 1 / camera.scale, { x: 0, y: 0 }) : camera,
        data.boxes[index],
        width,
        height,
      ),
      true,
    );
  }

  function find() {
    const says = (/** @type {Box} */ box) => `${box.label} ${box.sub} ${box.title}`.toLowerCase().includes(words);
    found = words ? data.boxes.flatMap((box, index) => (says(box) ? [index] : [])) : null;
    markAll();
  }

  /** Select the next match, or the one before. @param {number} step 1 or -1 */
  function next(step) {
    if (!found?.length) return;
    at = at ? ((at - 1 + step + found.length) % found.length) + 1 : step > 0 ? 1 : found.length;
    const index = found[at - 1];
    selected = current = index;
    picked += 1;
    markAll();
    tell();
    goSee(index);
    send("picked", { id: data.boxes[index].id, revision: picked });
  }

  /** @param {string} name */
  function setColor(name) {
    color = name;
    keep(name);
    paint();
  }

  return { take, close: () => observer.disconnect() };
}

function recall() {
  try {
    return sessionStorage.getItem(REMEMBERED_COLOR) === "norm" ? "norm" : "kind";
  } catch {
    return "kind"; // the browser forbids storage
  }
}

/** @param {string} name */
function keep(name) {
  try {
    sessionStorage.setItem(REMEMBERED_COLOR, name);
  } catch {
    // The choice then lasts as long as the page.
  }
}
