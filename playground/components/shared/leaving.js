// After a navigation click, hold back component values: Streamlit would answer a late one by rerunning the old page, and
// the new page would stay blank.

/** Time for which values are held back, unless the component is removed before. */
const HELD_MS = 5000;

export function makeLeaving() {
  let until = 0;

  function onClick(/** @type {MouseEvent} */ event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link?.origin === location.origin) until = performance.now() + HELD_MS;
  }
  window.addEventListener("click", onClick, true);

  return {
    /** @returns {number} milliseconds for which values must still be held back, else 0 */
    held: () => Math.max(0, until - performance.now()),
    close: () => window.removeEventListener("click", onClick, true),
  };
}
