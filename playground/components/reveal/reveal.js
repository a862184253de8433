// Scrolls the page so that the beginning of a container shows, and no farther: what was clicked stays in view where it can.

/** @import { Component } from "../shared/types.js" */

const BEGINNING = 320; // pixels of the container that must be seen
const ABOVE = 72; // pixels left free above it, for what lies over the page there

/** Turn that each mounted component has seen last. @type {WeakMap<ParentNode, number>} */
const seen = new WeakMap();

/** @param {Component<{target: string, revision: number}>} component with a new value */
export function render({ data, parentElement }) {
  const before = seen.get(parentElement);
  seen.set(parentElement, data.revision);
  if (before === undefined || data.revision <= before) return;
  // One frame later, when what came with this value is on the page.
  requestAnimationFrame(() => {
    const target = document.querySelector(`.st-key-${CSS.escape(data.target)}`);
    const scroller = target?.closest('[data-testid="stMain"]');
    if (!(target instanceof HTMLElement) || !scroller) return;
    const place = target.getBoundingClientRect();
    const page = scroller.getBoundingClientRect();
    const wanted = Math.min(place.height, BEGINNING, page.height - ABOVE);
    const down = place.top + wanted - page.bottom;
    const up = place.top - page.top - ABOVE;
    const by = down > 0 ? down : up < 0 ? up : 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (by) scroller.scrollBy({ top: by, behavior: still ? "instant" : "smooth" });
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  });
}
