// From the moment at which a visitor follows a link, a component of this page says nothing more by itself: Streamlit
// answers a value that comes after the choice of another page on the page before, and the new one stays empty.

/** How long, unless the component is gone by then. */
const HELD_MS = 5000;

export function makeLeaving() {
  let until = 0;

  function onClick(/** @type {MouseEvent} */ event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link?.origin === location.origin) until = performance.now() + HELD_MS;
  }
  window.addEventListener("click", onClick, true);

  return {
    /** @returns {number} milliseconds for which nothing may go out; 0 where it may */
    held: () => Math.max(0, until - performance.now()),
    close: () => window.removeEventListener("click", onClick, true),
  };
}
