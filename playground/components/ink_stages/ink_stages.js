/** @import { Palette, Theme } from "../shared/colors.js" */
/** @import { Marks } from "./stage_picture.js" */
/** @import { Component, Words } from "../shared/types.js" */
import { keepValue } from "../drawing_pad/memory.js";
import { themeOf } from "../shared/colors.js";
import { fill, make, makeSvg, write } from "../shared/dom.js";
import { arrivals } from "../shared/mount.js";
import { makeStagePicture } from "./stage_picture.js";

export const skeleton = '<div class="stages" data-testid="ink-stages"></div>';

/**
 * @typedef {object} StagesData
 * @property {{name: string, width: number, height: number}[]} pictures
 * @property {Uint8Array} pixels of all pictures, one after the other
 * @property {Record<string, boolean>} steps
 * @property {boolean} empty
 * @property {number} drawn side of the pad's picture in pixels, before it was scaled down for display
 * @property {number[]} box left, top, right, bottom of the ink as shares of the pad
 * @property {number[]} mass position of the center of mass in the picture "center", in pixel indices
 * @property {number} center pixel index to which the center of mass is moved
 * @property {Words} text
 * @property {Palette} palette
 */

/**
 * @typedef {object} Stage
 * @property {HTMLElement} root
 * @property {HTMLCanvasElement} canvas
 * @property {ReturnType<typeof makeStagePicture>} picture
 * @property {HTMLElement} size
 * @property {HTMLInputElement | null} toggle
 */

/** Pixels per side of the common scale of the pictures "box" to "center", which makes scaling and moving visible. */
const FIELD = 28;

/** @type {WeakMap<ParentNode, ReturnType<typeof makeStages>>} */
const strips = new WeakMap();

/**
 * @param {string} name
 * @param {StagesData} data
 * @param {() => void} onToggle
 * @returns {Stage}
 */
function makeStage(name, data, onToggle) {
  const { text, steps } = data;
  const canvas = make("canvas", { class: "stage-picture", role: "img" });
  const size = make("span", { class: "stage-size" });
  const note = make("span", { class: "stage-note", role: "tooltip", id: `note-${name}`, text: text[`${name}_note`] });
  const info = make("button", {
    class: "stage-info",
    type: "button",
    "aria-label": fill(text.about, { stage: text[name] }),
    "aria-describedby": `note-${name}`,
    text: "i",
  });
  const toggle = /** @type {HTMLInputElement | null} */ (
    name in steps
      ? make("input", { class: "stage-switch", type: "checkbox", role: "switch", "aria-label": text[name] })
      : null
  );
  if (toggle) {
    toggle.checked = steps[name];
    toggle.onchange = onToggle;
  }
  const arrow = makeSvg("svg", { class: "stage-arrow", viewBox: "0 0 12 12", "aria-hidden": "true" });
  arrow.append(makeSvg("path", { d: "M6 1v9M2.8 7L6 10.2 9.2 7" }));
  const title = make("span", { class: "stage-name", text: text[name] });
  const words = make("div", { class: "stage-words" }, [make("div", { class: "stage-title" }, [title, info]), size]);
  const root = make("li", { class: "stage", "data-stage": name }, [canvas, words, toggle, note]);
  if (toggle) root.prepend(arrow);
  info.onclick = () => root.toggleAttribute("data-open");
  info.onblur = () => root.removeAttribute("data-open");
  info.onkeydown = (event) => {
    if (event.key === "Escape") info.blur();
  };
  return { root, canvas, picture: makeStagePicture(canvas), size, toggle };
}

/**
 * @param {ParentNode} parent
 * @param {Component<StagesData>} first first value from Streamlit
 */
function makeStages(parent, first) {
  const root = /** @type {HTMLElement} */ (parent.querySelector(".stages"));
  let component = first;
  const opening = first.data;
  /** Steps requested last, until Python answers. */
  let asked = "";

  function onToggle() {
    const steps = Object.fromEntries(
      [...stages].flatMap(([name, { toggle }]) => (toggle ? [[name, toggle.checked]] : [])),
    );
    asked = JSON.stringify(steps);
    keepValue("stages", steps);
    component.setStateValue("steps", steps);
  }

  // Streamlit loses a value that comes while it loads another component: what has no answer yet is sent again.
  const onArrival = () => asked && component.setStateValue("steps", JSON.parse(asked));
  arrivals.addEventListener("arrival", onArrival);

  /** @type {Map<string, Stage>} */
  const stages = new Map(opening.pictures.map(({ name }) => [name, makeStage(name, opening, onToggle)]));
  const list = make(
    "ol",
    { class: "stages-list", "aria-label": opening.text.label },
    [...stages.values()].map((stage) => stage.root),
  );
  root.replaceChildren(list);

  /** Theme of the colors in the style. @type {Theme | ""} */
  let theme = "";

  function paint() {
    const { data } = component;
    const newTheme = themeOf(root);
    const colors = data.palette[newTheme];
    if (newTheme !== theme) {
      theme = newTheme;
      root.style.setProperty("--paper", colors.ink[0]);
      root.style.setProperty("--accent", colors.accent);
    }
    let offset = 0;
    for (const { name, width, height } of data.pictures) {
      const stage = /** @type {Stage} */ (stages.get(name));
      const pixels = data.pixels.subarray(offset, offset + width * height);
      offset += width * height;
      const cells = name === "drawn" || name === "pad" ? width : Math.max(FIELD, width, height);
      /** @type {Marks} */
      const marks = {};
      if (!data.empty && name === "drawn") marks.box = data.box;
      if (!data.empty && name === "center") Object.assign(marks, { cross: data.center, mass: data.mass });
      stage.picture.paint({ pixels, width, height }, cells, marks, colors);
      const off = stage.toggle !== null && !stage.toggle.checked;
      const size = name === "drawn" ? `${data.drawn}×${data.drawn}` : `${width}×${height}`;
      const says = fill(data.empty ? data.text.empty : off ? data.text[`${name}_off`] : "{size}", { size });
      write(stage.size, says);
      const label = `${data.text[name]}, ${says}`;
      if (stage.canvas.getAttribute("aria-label") !== label) stage.canvas.setAttribute("aria-label", label);
      stage.root.toggleAttribute("data-off", off);
    }
  }

  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const stage = [...stages.values()].find(({ canvas }) => canvas === target);
      if (stage) stage.picture.width = contentRect.width;
    }
    paint();
  });
  for (const { canvas } of stages.values()) observer.observe(canvas);
  return {
    /** @param {Component<StagesData>} latest */
    update(latest) {
      component = latest;
      const { steps } = component.data;
      if (Object.entries(JSON.parse(asked || "{}")).every(([name, on]) => steps[name] === on)) asked = "";
      if (!asked) for (const [name, { toggle }] of stages) if (toggle) toggle.checked = steps[name];
      paint();
    },
    remove() {
      arrivals.removeEventListener("arrival", onArrival);
      observer.disconnect();
    },
  };
}

/** @param {Component<StagesData>} component with a new value */
export function render(component) {
  const { parentElement } = component;
  const strip = strips.get(parentElement) ?? makeStages(parentElement, component);
  strips.set(parentElement, strip);
  strip.update(component);
  return () => {
    strip.remove();
    strips.delete(parentElement);
  };
}
