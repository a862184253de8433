// Scrolls the page just until the beginning of a container is visible, so that the clicked element may stay in view.

/** @import { Component } from "../shared/types.js" */

const BEGINNING = 320; // pixels of the container that must be visible
const ABOVE = 72; // pixels to leave free above the container, for elements that overlay the page there

/** Last revision that each mounted component has received. @type {WeakMap<ParentNode, number>} */
const seen = new WeakMap();

/** @param {Component<{target: string, revision: number}>} component with a new value */
export function render({ data, parentElement }) {
  const before = seen.get(parentElement);
  seen.set(parentElement, data.revision);
  if (before === undefined || data.revision <= before) return;
  // One frame later, when the elements sent with this value are on the page.
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
