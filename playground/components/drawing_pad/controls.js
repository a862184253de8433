/** The pad's skeleton from Streamlit's `html`, found, named and filled with the page's words. */

/**
 * @typedef {object} Controls
 * @property {HTMLElement} root
 * @property {HTMLElement} sheet the square under the canvas
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} hint
 * @property {HTMLElement} ring the pen's outline under the pointer
 * @property {HTMLElement} said what only assistive technology hears
 * @property {HTMLElement} error
 * @property {HTMLElement} caption
 * @property {HTMLSelectElement} digit
 * @property {HTMLInputElement} file
 * @property {(name: "tool" | "width") => string} chosen
 * @property {(name: "tool" | "width", value: string) => void} choose
 * @property {(name: string) => HTMLButtonElement} button
 */

/**
 * @param {ParentNode} parent
 * @returns {Controls}
 */
export function findControls(parent) {
  const find = (/** @type {string} */ selector) => /** @type {any} */ (parent.querySelector(selector));
  return {
    root: find(".pad"),
    sheet: find(".pad-sheet"),
    canvas: find(".pad-canvas"),
    hint: find(".pad-hint"),
    ring: find(".pad-ring"),
    said: find(".pad-said"),
    error: find(".pad-error"),
    caption: find(".pad-caption"),
    digit: find("select"),
    file: find("input[type=file]"),
    chosen: (name) => find(`input[name=${name}]:checked`).value,
    choose: (name, value) => {
      find(`input[name=${name}][value="${value}"]`).checked = true;
    },
    button: (name) => find(`button[data-do=${name}]`),
  };
}

/**
 * @param {Controls} controls
 * @param {Record<string, string>} text
 */
export function nameControls(controls, text) {
  for (const element of controls.root.querySelectorAll("[data-text], [data-label], [data-title]")) {
    const { text: words, label, title } = /** @type {HTMLElement} */ (element).dataset;
    if (words) element.textContent = text[words];
    if (label) element.setAttribute("aria-label", text[label]);
    if (title) element.setAttribute("title", text[title]);
  }
  controls.canvas.setAttribute("aria-label", text.pad);
  if (controls.digit.options.length === 0) {
    const add = (/** @type {string} */ value, /** @type {string} */ label) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = label;
      controls.digit.append(option);
    };
    add("", text.any);
    for (let digit = 0; digit < 10; digit += 1) add(String(digit), String(digit));
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} can
 */
export function enable(button, can) {
  // Not `disabled`: a button that loses the focus while in use sends a keyboard user back to the top of the page.
  button.setAttribute("aria-disabled", String(!can));
}
