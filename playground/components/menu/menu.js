// Closes the menu after a click on one of its links, on narrow screens, where the menu covers the page.

/** @import { Component } from "../shared/types.js" */

const NARROW = "(max-width: 768px)"; // widest screen on which Streamlit's menu covers the page

const following = new WeakSet();

/** @param {Component<object>} component with a new value */
export function render({ parentElement }) {
  if (following.has(parentElement)) return undefined;
  following.add(parentElement);
  const onClick = (/** @type {MouseEvent} */ event) => {
    const link = event.target instanceof Element ? event.target.closest('[data-testid="stSidebarNavLink"]') : null;
    if (!link || !matchMedia(NARROW).matches) return;
    const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
    // Delayed until the link has been followed.
    if (button instanceof HTMLElement) setTimeout(() => button.click());
  };
  document.addEventListener("click", onClick);
  return () => {
    document.removeEventListener("click", onClick);
    following.delete(parentElement);
  };
}
