// On a narrow screen the menu lies over the page: a click on one of its links closes it, so that the page is seen.

/** @import { Component } from "../shared/types.js" */

const NARROW = "(max-width: 768px)"; // where Streamlit lays the menu over the page

const following = new WeakSet();

/** @param {Component<object>} component with a new value */
export function render({ parentElement }) {
  if (following.has(parentElement)) return undefined;
  following.add(parentElement);
  const onClick = (/** @type {MouseEvent} */ event) => {
    const link = event.target instanceof Element ? event.target.closest('[data-testid="stSidebarNavLink"]') : null;
    if (!link || !matchMedia(NARROW).matches) return;
    const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
    // After the link has done its work.
    if (button instanceof HTMLElement) setTimeout(() => button.click());
  };
  document.addEventListener("click", onClick);
  return () => {
    document.removeEventListener("click", onClick);
    following.delete(parentElement);
  };
}
