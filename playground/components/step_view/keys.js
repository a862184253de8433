// Keys that move the player, and the elements of the page that use these keys themselves.

/** Widgets that use the arrows, Home, End or space themselves. */
const TAKEN = [
  "input",
  "textarea",
  "select",
  "[contenteditable]",
  ...[
    "combobox",
    "listbox",
    "slider",
    "spinbutton",
    "tab",
    "menu",
    "menubar",
    "radio",
    "textbox",
    "searchbox",
    "grid",
    "tree",
    "application",
  ].map((role) => `[role="${role}"]`),
].join(",");
/** Elements that space activates. */
const PRESSED = 'button, summary, [role="button"], [role="checkbox"], [role="switch"], [role="link"]';

/** The network's picture, where the arrows move from map to map. */
const PICTURE = ".picture";

/** @typedef {"back" | "next" | "first" | "last" | "play"} Action */

/** @type {Record<string, Action>} */
const ACTIONS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} scrubber slider of the stops, which these keys move from stop to stop
 * @returns {Action | null} the key's action on the player, null if it is meant for another element
 */
export function actionOf(event, scrubber) {
  const action = ACTIONS[event.key];
  if (!action || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    return null;
  if (document.querySelector('[role="dialog"]')) return null;
  const path = pathOf(event);
  if (path[0] === scrubber) return action;
  if (path.some((one) => one.matches(TAKEN))) return null;
  if (action === "play") return path.some((one) => one.matches(PRESSED)) ? null : action;
  if (path.some((one) => one.matches(PICTURE))) return null;
  // Home and End belong to a panel that scrolls.
  const scrolls = action === "first" || action === "last";
  return scrolls && path.some((one) => one.matches(".listing")) ? null : action;
}

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} true if the key leaves the picture, so that the arrows move from stop to stop again
 */
export function leavesPicture(event) {
  return event.key === "Escape" && !event.defaultPrevented && pathOf(event).some((one) => one.matches(PICTURE));
}

/** @param {Event} event @returns {Element[]} */
function pathOf(event) {
  return /** @type {Element[]} */ (event.composedPath().filter((one) => one instanceof Element));
}
