// Graph as SVG: the elements are created once; colors and texts are updated.

/** @import { Arrow, Box } from "./geometry.js" */
/** @import { Style } from "./legend.js" */
import { make, makeSvg, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { middleOf, pathOf } from "./geometry.js";
import { colorOfNorm } from "./norms.js";
import { makeSign } from "./signs.js";

const ROUND = 7;
const SIGN = 14;

/**
 * @typedef {object} DrawnBox
 * @property {SVGElement} element
 * @property {SVGElement} sub
 * @property {SVGElement} label
 *
 * @typedef {object} Drawing
 * @property {SVGElement} element everything that moves with the camera
 * @property {DrawnBox[]} boxes
 * @property {{line: SVGElement, label: SVGElement}[]} arrows
 */

/**
 * @param {Box[]} boxes
 * @param {Arrow[]} arrows
 * @param {string} name for assistive technology
 * @returns {Drawing}
 */
export function draw(boxes, arrows, name) {
  const lines = makeSvg("g", { class: "arrows", "aria-hidden": "true" });
  const list = makeSvg("g", { class: "boxes", role: "listbox", "aria-label": name, "aria-orientation": "vertical" });
  const drawnArrows = arrows.map((arrow) => {
    const line = makeSvg("path", { class: "arrow", d: pathOf(arrow.points), "marker-end": "url(#head)" });
    const { x, y } = middleOf(arrow.points);
    const label = makeSvg("text", { class: "arrow-label", x: x + 5, y: y + 3.5 });
    lines.append(line, label);
    return { line, label };
  });
  const drawnBoxes = boxes.map((box) => {
    const drawn = drawBox(box);
    list.append(drawn.element);
    return drawn;
  });
  const element = makeSvg("g");
  element.append(lines, list);
  return { element, boxes: drawnBoxes, arrows: drawnArrows };
}

/** Two arrowheads, because not every browser gives a marker its arrow's color. @returns {SVGElement} */
export function makeHeads() {
  const definitions = makeSvg("defs");
  for (const id of ["head", "head-lit"]) {
    const marker = makeSvg("marker", {
      id,
      viewBox: "0 0 8 8",
      refX: 7.5,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      orient: "auto",
      markerUnits: "userSpaceOnUse",
    });
    marker.append(makeSvg("path", { d: "M0.5 0.8L7.5 4 0.5 7.2 2.3 4z" }));
    definitions.append(marker);
  }
  return definitions;
}

/** @param {Box} box */
function drawBox(box) {
  const [left, top] = [box.x - box.width / 2, box.y - box.height / 2];
  const round = box.kind === "parameter" ? box.height / 2 : ROUND;
  const element = makeSvg("g", {
    class: "box",
    role: "option",
    "aria-selected": "false",
    tabindex: -1,
    transform: `translate(${left} ${top})`,
    "data-id": box.id,
    "data-kind": box.kind,
  });
  const frame = { width: box.width, height: box.height, rx: round };
  const sign = makeSvg("g", {
    transform: `translate(${box.kind === "parameter" ? 13 : 10} ${(box.height - SIGN) / 2})`,
  });
  sign.append(makeSign(box.kind));
  const x = box.kind === "parameter" ? 34 : 32;
  const room = box.width - x - 8;
  const middle = box.sub ? 17 : box.height / 2 + 4.5;
  const label = makeSvg("text", { class: "box-label", x, y: middle });
  label.textContent = cut(box.label, room, "600 13px");
  const sub = makeSvg("text", { class: "box-sub", x, y: 31.5, "data-room": room });
  const title = makeSvg("title");
  title.textContent = box.title;
  element.append(
    title,
    makeSvg("rect", { class: "ring", x: -4, y: -4, width: box.width + 8, height: box.height + 8, rx: round + 4 }),
    makeSvg("rect", { class: "frame", ...frame }),
    sign,
    label,
    sub,
  );
  return { element, label, sub };
}

/**
 * Set a drawing's texts and colors.
 *
 * @param {Drawing} drawing
 * @param {Box[]} boxes
 * @param {Arrow[]} arrows
 * @param {Style} style
 */
export function dress(drawing, boxes, arrows, { byNorm, kinds, scale, span, text }) {
  boxes.forEach((box, index) => {
    const { element, sub } = drawing.boxes[index];
    const color = byNorm ? colorOfNorm(box.value, span, scale) : null;
    const norm = box.value === null ? text.unknown : formatNumber(box.value, 3);
    const says = byNorm ? [norm, box.sub].filter(Boolean).join(" · ") : box.sub;
    element.classList.toggle("is-norm", color !== null);
    element.classList.toggle("is-unknown", byNorm && box.value === null);
    element.classList.toggle("is-broken", byNorm && box.value !== null && !Number.isFinite(box.value));
    element.style.setProperty("--kind", kinds[box.kind] ?? kinds.other);
    if (color) {
      element.style.setProperty("--norm", color.fill);
      element.style.setProperty("--on-norm", color.text);
    }
    sub.textContent = cut(says, Number(sub.dataset.room), "11px");
    element.setAttribute("aria-label", byNorm ? `${box.title}; ${text.norm}: ${norm}` : box.title);
  });
  for (const [index, arrow] of arrows.entries()) {
    const norm = arrow.value === null ? "" : formatNumber(arrow.value, 3);
    write(drawing.arrows[index].label, byNorm ? norm : arrow.label);
  }
}

/**
 * Mark the selected box, the boxes that a search has found, and those that it excludes.
 *
 * @param {Drawing} drawing
 * @param {Arrow[]} arrows
 * @param {number} selected index, -1 for none
 * @param {number} current index of the box that Tab leads to
 * @param {Set<number> | null} found indices of boxes, null if there is no search
 */
export function mark(drawing, arrows, selected, current, found) {
  drawing.boxes.forEach(({ element }, index) => {
    element.setAttribute("aria-selected", String(index === selected));
    element.setAttribute("tabindex", index === current ? "0" : "-1");
    element.classList.toggle("is-selected", index === selected);
    element.classList.toggle("is-found", Boolean(found?.has(index)));
    element.classList.toggle("is-left-out", found !== null && !found.has(index));
  });
  arrows.forEach(({ source, target }, index) => {
    const lit = selected >= 0 && (source === selected || target === selected);
    const { line, label } = drawing.arrows[index];
    line.classList.toggle("is-lit", lit);
    line.setAttribute("marker-end", lit ? "url(#head-lit)" : "url(#head)");
    label.classList.toggle("is-lit", lit);
  });
}

/** @type {CanvasRenderingContext2D | null} */
let ruler = null;

/** Truncate a text to the available width, with an ellipsis. @param {string} words @param {number} room @param {string} font */
function cut(words, room, font) {
  ruler ??= /** @type {CanvasRenderingContext2D} */ (make("canvas").getContext("2d"));
  ruler.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  if (ruler.measureText(words).width <= room) return words;
  let length = words.length - 1;
  while (length > 1 && ruler.measureText(`${words.slice(0, length)}…`).width > room) length--;
  return `${words.slice(0, length)}…`;
}
