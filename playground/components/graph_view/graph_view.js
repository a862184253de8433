// The component: takes each new graph, keeps the camera, the selection and the search, and joins the parts.

import { makeScales, themeOf } from "../shared/colors.js";
import { make, makeSvg, write } from "../shared/dom.js";
import { followPointers } from "./camera.js";
import { draw, dress, makeHeads, mark } from "./drawing.js";
import { fitAll, isShown, keepInside, neighbour, openingView, reveal, zoomAt } from "./geometry.js";
import { showLegend } from "./legend.js";
import { spanOf } from "./norms.js";
import { makeToolbar } from "./toolbar.js";

export const skeleton = '<div class="graph-view" data-testid="graph-view"></div>';

const STEP = 1.3;
const FAR = 0.5; // below this scale, the second lines can't be read
const MOVING_MS = 220;
const REMEMBERED_COLOR = "cnn-playground-graph-color";

/**
 * @typedef {object} GraphData
 * @property {import("./geometry.js").Box[]} boxes the root first
 * @property {import("./geometry.js").Arrow[]} arrows
 * @property {number[]} size of the drawing
 * @property {string[]} kinds all there are, in order
 * @property {string | null} selected id
 * @property {number} turn number of the last pick that Python has taken
 * @property {number} seq
 * @property {number} height
 * @property {Record<string, string>} text
 * @property {import("../shared/colors.js").Palette} palette
 */

const graphs = new WeakMap();

/**
 * Runs at the first mount and again with each new value.
 *
 * @param {{data: GraphData, parentElement: ParentNode, setStateValue: (name: string, value: unknown) => void}} component
 */
export function render({ data, parentElement, setStateValue }) {
  let graph = graphs.get(parentElement);
  if (!graph) {
    graph = makeGraph(parentElement.querySelector(".graph-view"), data.text);
    graphs.set(parentElement, graph);
  }
  graph.take(data, setStateValue);
  return () => {
    graph.close();
    graphs.delete(parentElement);
  };
}

/**
 * @param {HTMLElement} root
 * @param {Record<string, string>} text
 */
function makeGraph(root, text) {
  /** @type {GraphData} */
  let data = null;
  let send = null;
  let turn = 0;
  let signature = "";
  let ids = "";
  /** @type {import("../shared/colors.js").Theme | ""} */
  let theme = "";
  let scales = null;
  let color = recall();
  let [width, height] = [0, 0];
  /** @type {import("./geometry.js").Camera} */
  let camera = { x: 0, y: 0, scale: 1 };
  let moved = false; // by the visitor, whose view then stays
  let animation = 0;
  /** @type {import("./drawing.js").Drawing | null} */
  let drawing = null;
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
  // Not on the SVG: Chromium would make one that listens to the focus a stop of the Tab key.
  frame.addEventListener("focusin", (event) => {
    const index = indexOf(event.target);
    if (index < 0) return;
    goTo(index);
    look(reveal(camera, data.boxes[index], width, height), true);
  });
  for (const [type, index] of /** @type {[string, (target: EventTarget) => number][]} */ ([
    ["pointerover", indexOf],
    ["pointerleave", () => -1],
  ])) {
    surface.addEventListener(type, (event) => write(readout, data.boxes[index(event.target)]?.title ?? text.hint));
  }

  const observer = new ResizeObserver(() => {
    const before = width;
    measure();
    if (width && width !== before) moved ? look(camera) : open();
  });
  observer.observe(surface);

  function measure() {
    [width, height] = [surface.clientWidth, surface.clientHeight];
  }

  function indexOf(target) {
    const box = target instanceof Element ? target.closest(".box") : null;
    return box ? drawing.boxes.findIndex(({ element }) => element === box) : -1;
  }

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
    // A pick that is on its way to Python counts more than what Python says meanwhile.
    if (data.turn >= turn) {
      turn = data.turn;
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

  function build(before) {
    ids = JSON.stringify(data.boxes.map((box) => box.id));
    const focused = drawing !== null && surface.matches(":focus-within");
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
    toolbar.tell(found && found.length, at);
  }

  /** What tests and other pages read: only now, when everything is painted. */
  function tell() {
    root.dataset.selected = data.boxes[selected]?.id ?? "";
    root.dataset.boxes = String(data.boxes.length);
    root.dataset.seq = String(data.seq);
  }

  /** @param {import("./geometry.js").Camera} to @param {boolean} slowly */
  function look(to, slowly = false) {
    cancelAnimationFrame(animation);
    const goal = keepInside(to, data.size, width, height);
    if (!slowly || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      show(goal);
      return;
    }
    const from = camera;
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / MOVING_MS));
      const eased = 1 - (1 - share) ** 3;
      const between = (name) => from[name] + (goal[name] - from[name]) * eased;
      show({ x: between("x"), y: between("y"), scale: between("scale") });
      if (share < 1) animation = requestAnimationFrame(step);
    };
    animation = requestAnimationFrame(step);
  }

  function show(now) {
    camera = now;
    drawing.element.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
    surface.classList.toggle("is-far", camera.scale < FAR);
    root.dataset.scale = camera.scale.toFixed(3);
  }

  function goTo(index) {
    if (index === current) return;
    current = index;
    markAll();
  }

  function pick(index) {
    selected = current = index;
    turn += 1;
    markAll();
    tell();
    drawing.boxes[index].element.focus({ preventScroll: true });
    send("picked", { id: data.boxes[index].id, turn });
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !data.boxes.length) return;
    const leads = { Home: () => 0, End: () => data.boxes.length - 1 }[event.key];
    if (event.key.startsWith("Arrow") || leads) {
      const index = leads ? leads() : neighbour(event.key, current, data.boxes, data.arrows);
      drawing.boxes[index].element.focus({ preventScroll: true });
    } else if (event.key === "Enter" || event.key === " ") {
      pick(current);
    } else if ("+-0".includes(event.key)) {
      zoom({ "+": "zoom_in", "-": "zoom_out", 0: "fit" }[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  function zoom(name) {
    moved = name !== "fit";
    const middle = { x: width / 2, y: height / 2 };
    if (name === "fit") look(fitAll(data.size, width, height), true);
    else look(zoomAt(camera, name === "zoom_in" ? STEP : 1 / STEP, middle), true);
  }

  function search(newWords) {
    words = newWords;
    at = 0;
    find();
    if (found?.length && !found.some((index) => isShown(camera, data.boxes[index], width, height))) goSee(found[0]);
  }

  /** Bring a match into view, large enough to be read. */
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
    const says = (box) => `${box.label} ${box.sub} ${box.title}`.toLowerCase().includes(words);
    found = words ? data.boxes.flatMap((box, index) => (says(box) ? [index] : [])) : null;
    markAll();
  }

  /** Select the next match, or the one before. */
  function next(step) {
    if (!found?.length) return;
    at = at ? ((at - 1 + step + found.length) % found.length) + 1 : step > 0 ? 1 : found.length;
    const index = found[at - 1];
    selected = current = index;
    turn += 1;
    markAll();
    tell();
    goSee(index);
    send("picked", { id: data.boxes[index].id, turn });
  }

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
    return "kind"; // a browser that forbids storage
  }
}

function keep(name) {
  try {
    sessionStorage.setItem(REMEMBERED_COLOR, name);
  } catch {
    // The choice then lasts as long as the page.
  }
}
