/** Keeps the drawing of this browser tab over reloads and page changes. What comes back is checked like any input. */
import { readSheet } from "./sheet.js";

const SEEN_KEPT = 50;

/** @param {string} key */
const storageName = (key) => `cnn-playground.${key}`;

/**
 * @param {string} key
 * @param {import("./sheet.js").Limits} limits
 * @returns {{sheet: import("./sheet.js").Sheet | null, seen: string[]}} seen: ids of bases and messages already shown.
 */
export function recall(key, limits) {
  try {
    const stored = JSON.parse(sessionStorage.getItem(storageName(key)) ?? "null");
    const seen = Array.isArray(stored?.seen) ? stored.seen : [];
    return {
      sheet: readSheet(stored?.sheet ?? null, limits),
      seen: seen.filter((/** @type {any} */ id) => typeof id === "string").slice(-SEEN_KEPT),
    };
  } catch {
    return { sheet: null, seen: [] };
  }
}

/**
 * @param {string} key
 * @param {import("./sheet.js").Sheet} sheet
 * @param {string[]} seen
 */
export function remember(key, sheet, seen) {
  try {
    sessionStorage.setItem(storageName(key), JSON.stringify({ sheet, seen: seen.slice(-SEEN_KEPT) }));
  } catch {
    // Storage is full or forbidden: the drawing just doesn't outlive this page.
  }
}
