// Panning and zooming by pointer, wheel and fingers.

/** @import { Camera } from "./geometry.js" */
import { zoomAt } from "./geometry.js";

const STILL = 4; // pixels that the pointer may move during a click

/**
 * @param {SVGElement} surface
 * @param {() => Camera} camera returns the current camera
 * @param {(camera: Camera) => void} move
 */
export function followPointers(surface, camera, move) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let dragged = false;
  let began = { x: 0, y: 0 };

  const place = (/** @type {MouseEvent} */ event) => {
    const box = surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  surface.onpointerdown = (event) => {
    if (event.button !== 0) return;
    // The first pointer of a gesture: discard any earlier gesture.
    if (event.isPrimary) {
      fingers.clear();
      dragged = false;
      began = place(event);
    }
    fingers.set(event.pointerId, place(event));
  };
  surface.onpointermove = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    if (!dragged) {
      if (fingers.size === 1 && Math.hypot(now.x - began.x, now.y - began.y) <= STILL) return;
      dragged = true;
      surface.classList.add("is-dragged");
      for (const id of fingers.keys()) surface.setPointerCapture(id);
    }
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    fingers.set(event.pointerId, now);
    const { x, y, scale } = camera();
    if (!other) {
      move({ x: x + now.x - before.x, y: y + now.y - before.y, scale });
      return;
    }
    const spread = (/** @type {{x: number, y: number}} */ point) =>
      Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const shifted = { x: x + (now.x - before.x) / 2, y: y + (now.y - before.y) / 2, scale };
    move(zoomAt(shifted, spread(now) / spread(before), middle));
  };
  const end = (/** @type {PointerEvent} */ event) => {
    if (fingers.delete(event.pointerId) && fingers.size === 0) surface.classList.remove("is-dragged");
  };
  surface.onpointerup = end;
  surface.onpointercancel = end;
  surface.onpointerleave = (event) => {
    if (!dragged) end(event);
  };
  // A drag ends with a click on the element under the pointer, which must be ignored. Keyboard clicks have detail 0.
  surface.addEventListener("click", (event) => dragged && event.detail > 0 && event.stopPropagation(), {
    capture: true,
  });
  // The wheel scrolls the page; with Ctrl or Cmd it zooms. A trackpad's pinch arrives as a wheel event with Ctrl.
  surface.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      move(zoomAt(camera(), Math.exp(-lines * event.deltaY * 0.008), place(event)));
    },
    { passive: false },
  );
}
