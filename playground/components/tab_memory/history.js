// Browser history: one entry for each page and for each click on certain buttons. Streamlit adds one whenever a page
// writes its address, which pages do more than once; Back would then stay on the same page.

/** Buttons whose clicks add a history entry, by the beginning of their key in Python. */
const STEP = '[class*="st-key-preset-"]';

let kept = false;

/** Replace `history.pushState`, once per page load. */
export function keepHistory() {
  if (kept) return;
  kept = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, address) => {
    const to = new URL(address ?? location.href, location.href);
    if (to.origin === location.origin && to.pathname === location.pathname)
      history.replaceState(state, unused, address);
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
