// An open unit inside the picture: its blocks become strips at both sides, and the maps that are read fly to their places.

/** @import { Words } from "../shared/types.js" */
/** @import { makeDetail, Opened } from "./detail.js" */
/** @import { Flight } from "./flight.js" */
/** @import { Landing } from "./kinds/example.js" */
/** @import { Rect } from "./layout.js" */
/** @import { Layer } from "./network.js" */
/** @import { makePicture } from "./picture.js" */
import { make } from "../shared/dom.js";
import { layersOf } from "./blocks.js";
import { CLOSING, copyOf, makeFlights, OPENING } from "./flight.js";
import { placeOf } from "./layout.js";
import { strips } from "./strips.js";

const KERNELS = { delay: 200, duration: 120, fill: /** @type {FillMode} */ ("backwards") };
const NUMBERS = { delay: 280, duration: 120, fill: /** @type {FillMode} */ ("backwards") };
const APPEARING = [{ opacity: 0 }, { opacity: 1 }];
const SWIPE = 90; // pixels down the heading of a sheet that close it

/**
 * @param {ReturnType<typeof makePicture>} picture
 * @param {ReturnType<typeof makeDetail>} detail
 * @param {() => void} close called when the sheet is closed in a way of its own
 */
export function makeZoom(picture, detail, close) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const names = make("div", { class: "strip-names", "aria-hidden": "true" });
  const flights = makeFlights();
  const element = make("div", { class: "zoom" }, [picture.element, names, detail.element, flights.element]);
  const sheet = make("dialog", { class: "detail-sheet" });
  element.append(sheet);
  /** Animations of the groups. @type {Animation[]} */
  let moving = [];
  /** Maps that the panel showed before it is emptied. @type {{layer: Layer, unit: number, canvas: HTMLCanvasElement, from: Rect}[]} */
  let leaving = [];
  let isOpen = false;

  /** Note what flies back if the panel is closed next. */
  function prepare() {
    leaving =
      isOpen && !still.matches
        ? detail.landings().map(({ layer, unit, ...one }) => ({ layer, unit, ...shown(one) }))
        : [];
  }

  /** @param {Omit<Landing, "layer" | "unit">} landing */
  function shown({ element: place, canvas, part }) {
    const box = place.getBoundingClientRect();
    if (!part) return { canvas: copyOf({ canvas }), from: box };
    const ratio = canvas.width / (place.offsetWidth || 1);
    const pixels = { x: part.x * ratio, y: part.y * ratio, width: part.width * ratio, height: part.height * ratio };
    const from = { x: box.x + part.x, y: box.y + part.y, width: part.width, height: part.height };
    return { canvas: copyOf({ canvas, part: pixels }), from };
  }

  /**
   * Show the unit that is open now, or none.
   *
   * @param {Opened | null} opened
   * @param {boolean} animated
   */
  function set(opened, animated) {
    const moves = animated && !still.matches;
    const was = isOpen;
    isOpen = Boolean(opened);
    flights.stop();
    if (!opened) {
      if (was) fold(null, moves ? CLOSING : null);
      if (sheet.open) sheet.close();
      if (was && moves) flights.start(leaving.map(backHome), CLOSING);
      leaving = [];
      return;
    }
    const inside = picture.layout().wide;
    const homes = moves ? new Map(detail.landings().map((one) => [one, picture.rectOf(one.layer, one.unit)])) : null;
    settle(inside);
    fold(inside ? opened.layer : null, moves ? OPENING : null);
    arrange();
    if (!homes || !moves) return;
    appear();
    if (!inside) return;
    /** @type {Flight[]} */
    const all = [];
    for (const [landing, from] of homes) {
      const { canvas, from: to } = shown(landing);
      if (to.width && from.width) all.push({ canvas, from, to });
      if (!landing.part) landing.element.animate([{ opacity: 0 }, { opacity: 0 }], OPENING.duration);
    }
    flights.start(all, OPENING);
  }

  /** @param {(typeof leaving)[number]} one @returns {Flight} back to its place in the picture */
  function backHome({ layer, unit, canvas, from }) {
    const box = picture.element.getBoundingClientRect();
    const home = placeOf(picture.layout().boxes[layer.index], unit);
    return { canvas, from, to: { ...home, x: box.x + home.x, y: box.y + home.y } };
  }

  /** Put the panel into the box, or into a sheet over the whole window. @param {boolean} inside */
  function settle(inside) {
    if (inside) {
      if (sheet.open) sheet.close();
      if (detail.element.parentElement !== element) flights.element.before(detail.element);
      return;
    }
    if (detail.element.parentElement !== sheet) sheet.append(detail.element);
    if (!sheet.open) sheet.showModal();
  }

  /** Move the blocks into strips. @param {Layer | null} layer of the open unit, null to move all back @param {typeof OPENING | null} timing */
  function fold(layer, timing) {
    picture.element.classList.toggle("is-zoomed", Boolean(layer));
    const groups = picture.groups();
    const befores = groups.map((group) => (timing ? getComputedStyle(group).transform : ""));
    for (const animation of moving) animation.cancel();
    moving = [];
    const all = layer ? strips(picture.layout(), layer) : [];
    names.replaceChildren(
      ...all.map(({ block, name }) => {
        const style = `left:${name.x}px;top:${name.y}px;width:${name.width}px;height:${name.height}px`;
        return make("span", { style, text: block.lead.name });
      }),
    );
    groups.forEach((group, index) => {
      group.style.transform = "";
      group.classList.toggle(
        "is-near",
        Boolean(layer && (index === layer.index || layer.from.some((one) => one.index === index))),
      );
    });
    for (const { block, scale, moveX, moveY } of all)
      for (const { index } of layersOf(block))
        groups[index].style.transform = `matrix(${scale}, 0, 0, ${scale}, ${moveX}, ${moveY})`;
    if (!timing) return;
    moving = groups.map((group, index) => {
      const [from, to] = [befores[index], group.style.transform].map((one) =>
        !one || one === "none" ? "matrix(1, 0, 0, 1, 0, 0)" : one,
      );
      return group.animate([{ transform: from }, { transform: to }], timing);
    });
  }

  /** Let kernels and numbers appear one after the other. */
  function appear() {
    for (const one of detail.element.querySelectorAll(".zoom-edges, .map-kernel")) one.animate(APPEARING, KERNELS);
    const numbers = ".detail-head, .detail-words, .work, .work-name, .part-name, figcaption";
    for (const one of detail.element.querySelectorAll(numbers)) one.animate(APPEARING, NUMBERS);
    // A sum's ground hides the edge under it all the time.
    for (const one of detail.element.querySelectorAll(".part-sum"))
      one.animate([{ color: "transparent" }, {}], NUMBERS);
  }

  /** Put everything in the panel in its place. */
  function arrange() {
    if (!isOpen) return;
    const { wide, width, height } = picture.layout();
    const box = wide ? { width, height } : { width: sheet.clientWidth - 24, height: sheet.clientHeight };
    detail.place({ ...box, sheet: !wide });
  }

  let from = 0;
  sheet.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  sheet.addEventListener(
    "touchstart",
    ({ touches }) => {
      from = detail.element.scrollTop > 0 ? NaN : touches[0].clientY;
    },
    { passive: true },
  );
  sheet.addEventListener(
    "touchend",
    (event) => {
      const head = event.target instanceof Element && event.target.closest(".detail-head");
      if (head && event.changedTouches[0].clientY - from > SWIPE) close();
    },
    { passive: true },
  );

  return { element, prepare, set, arrange };
}
