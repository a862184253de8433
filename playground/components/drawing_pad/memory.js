// Keeps the drawing of this browser tab across reloads and page changes. What is read back is checked like any input.

/** @import { Limits, Sheet } from "./sheet.js" */
import { readSheet } from "./sheet.js";

const SEEN_KEPT = 50;

/** @param {string} key */
const storageName = (key) => `cnn-playground.${key}`;

/** Replacement for a browser that allows no storage; lasts until the page is closed. @type {Map<string, string>} */
const fallback = new Map();

/**
 * @param {string} name
 * @returns {any} the value kept under this name, null if there is none or it can't be read
 */
export function readKept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(storageName(name)) ?? fallback.get(name) ?? "null");
  } catch {
    return JSON.parse(fallback.get(name) ?? "null");
  }
}

/**
 * @param {string} name
 * @param {object} value
 */
export function keepValue(name, value) {
  const text = JSON.stringify(value);
  try {
    sessionStorage.setItem(storageName(name), text);
    fallback.delete(name);
  } catch {
    fallback.set(name, text); // storage is full or forbidden
  }
}

/**
 * @typedef {object} Kept
 * @property {Sheet | null} sheet
 * @property {string[]} seen ids of bases and messages already shown
 * @property {number} revision number of the drawing; each change has a new one
 */

/**
 * @param {string} key
 * @param {Limits} limits
 * @returns {Kept}
 */
export function recall(key, limits) {
  const stored = readKept(key);
  const seen = Array.isArray(stored?.seen) ? stored.seen : [];
  return {
    sheet: readSheet(stored?.sheet ?? null, limits),
    seen: seen.filter((/** @type {any} */ id) => typeof id === "string").slice(-SEEN_KEPT),
    revision: Number.isSafeInteger(stored?.revision) && stored.revision > 0 ? stored.revision : 0,
  };
}

/**
 * @param {string} key
 * @param {Kept} kept
 */
export function remember(key, { sheet, seen, revision }) {
  keepValue(key, { sheet, seen: seen.slice(-SEEN_KEPT), revision });
}
