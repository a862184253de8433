// Access to the elements of the pad's skeleton, and their texts.

/**
 * @typedef {object} Controls
 * @property {HTMLElement} root
 * @property {HTMLElement} sheet the square under the canvas
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} hint
 * @property {HTMLElement} ring the pen's outline under the pointer
 * @property {HTMLElement} said live region for assistive technology only
 * @property {HTMLElement} error
 * @property {HTMLElement} several choice among a picture's digits
 * @property {HTMLElement} caption
 * @property {HTMLElement} slow notice that drawings go through Streamlit
 * @property {HTMLSelectElement} digit
 * @property {HTMLInputElement} file
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
    several: find(".pad-several"),
    caption: find(".pad-caption"),
    slow: find(".pad-slow"),
    digit: find("select"),
    file: find("input[type=file]"),
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
    for (let digit = 0; digit < 10; digit++) add(String(digit), String(digit));
  }
}

/**
 * Value of the pressed button in a group.
 *
 * @param {Controls} controls
 * @param {"tool" | "width"} group
 */
export function chosen(controls, group) {
  const pressed = controls.root.querySelector(`button[data-${group}][aria-pressed=true]`);
  return /** @type {string} */ (/** @type {HTMLElement} */ (pressed).dataset[group]);
}

/**
 * @param {Controls} controls
 * @param {"tool" | "width"} group
 * @param {string} value
 */
export function choose(controls, group, value) {
  for (const button of controls.root.querySelectorAll(`button[data-${group}]`)) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset[group] === value));
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} can
 */
export function enable(button, can) {
  // Not `disabled`: a disabled button loses the focus, which sends a keyboard user back to the top of the page.
  button.setAttribute("aria-disabled", String(!can));
}
