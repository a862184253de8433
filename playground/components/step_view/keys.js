// Which keys move the player, and where on the page they belong to something else.

/** Widgets that have a use of their own for arrows, Home, End or space. */
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
/** What space presses, opens or follows. */
const PRESSED = 'button, summary, [role="button"], [role="checkbox"], [role="switch"], [role="link"]';

/** The network's picture, whose arrows go from map to map. */
const PICTURE = ".picture";

/** @typedef {"back" | "next" | "first" | "last" | "play"} Action */

/** @type {Record<string, Action>} */
const ACTIONS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} scrubber which moves by itself
 * @returns {Action | null} what the key does to the player, null where it is meant for something else
 */
export function actionOf(event, scrubber) {
  const action = ACTIONS[event.key];
  if (!action || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
    return null;
  if (document.querySelector('[role="dialog"]')) return null;
  const path = pathOf(event);
  if (path[0] === scrubber) return action === "play" ? action : null;
  if (path.some((one) => one.matches(TAKEN))) return null;
  if (action === "play") return path.some((one) => one.matches(PRESSED)) ? null : action;
  if (path.some((one) => one.matches(PICTURE))) return null;
  // A panel that scrolls has Home and End.
  const scrolls = action === "first" || action === "last";
  return scrolls && path.some((one) => one.matches(".listing")) ? null : action;
}

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key ends the walk from map to map, so that the arrows go from stop to stop again
 */
export function leavesPicture(event) {
  return event.key === "Escape" && !event.defaultPrevented && pathOf(event).some((one) => one.matches(PICTURE));
}

/** @param {Event} event @returns {Element[]} */
function pathOf(event) {
  return /** @type {Element[]} */ (event.composedPath().filter((one) => one instanceof Element));
}
