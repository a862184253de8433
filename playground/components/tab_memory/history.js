// The steps of the browser's history: a page, and whatever is marked as a step. Streamlit makes each writing of the
// address one, and pages write their address more than once; then Back would stay on the page.

/** A click on a button whose key in Python begins so is a step. */
const STEP = '[class*="st-key-preset-"]';

const marks = (globalThis[Symbol.for("cnn-playground-history")] ??= { kept: false });

/** Once for the life of the page. */
export function keepHistory() {
  if (marks.kept) return;
  marks.kept = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, address) => {
    const to = new URL(address ?? location.href, location.href);
    if (to.origin === location.origin && to.pathname === location.pathname) history.replaceState(state, unused, address);
    else push(state, unused, address);
  };
  document.addEventListener(
    "click",
    ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button?.closest(STEP)) push({}, "", location.href);
    },
    true,
  );
}
