// Notice in a corner of the page while the server doesn't answer. It replaces Streamlit's dialog, which covers the page
// although the visitor could go on drawing and reading.

/** @import { Component } from "../shared/types.js" */

const STATE = "data-test-connection-state";

/** Streamlit's own dialogs, which contain no blocks; the pages' dialogs do. */
const NOTICE = '[data-testid="stDialog"]:not(:has([data-testid="stVerticalBlock"]))';

let words = "";

/** @param {Component<{words: string}>} component with a new value */
export function render({ data }) {
  const app = document.querySelector('[data-testid="stApp"]');
  words = data.words;
  if (!app || document.querySelector(".away")) return;
  const said = document.createElement("p");
  said.className = "away";
  said.setAttribute("role", "status");
  said.hidden = true;
  document.body.append(said);

  function look() {
    const away = app?.getAttribute(STATE) !== "CONNECTED";
    const notice = away ? document.querySelector(NOTICE) : null;
    // Once closed, Streamlit's dialog stays closed until the server has been back.
    /** @type {HTMLButtonElement | null | undefined} */ (notice?.querySelector("button"))?.click();
    if (notice) {
      said.style.colorScheme = getComputedStyle(/** @type {Element} */ (app)).colorScheme;
      said.textContent = words;
      said.hidden = false;
    } else if (!away) {
      said.hidden = true;
    }
  }

  new MutationObserver(look).observe(document.body, { childList: true });
  new MutationObserver(look).observe(app, { attributeFilter: [STATE] });
}
