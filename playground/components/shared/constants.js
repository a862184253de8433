// What no visit changes, fetched once for each language and all components: see playground/components/constants.py.

/** @import { Palette } from "./colors.js" */
/** @import { Words } from "./types.js" */
import { fetchFile } from "./files.js";

/** First and longest wait before another request; in between, each wait is twice the previous one. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * @typedef {object} Constants of a language
 * @property {Record<string, Words>} text by the component's name
 * @property {Palette} palette
 *
 * @typedef {object} Fetched
 * @property {Constants | null} constants null until they have arrived
 * @property {boolean} failed whether the last request for them has failed; there will be another
 */

/** Dispatches "change" when constants have arrived, or a request for them has failed. */
export const changes = new EventTarget();

/** @type {Map<string, Fetched>} */
const all = new Map();

/**
 * Constants of a language, requested at the first call.
 *
 * @param {string} language
 * @returns {Fetched}
 */
export function constantsOf(language) {
  const known = all.get(language);
  if (known) return known;
  /** @type {Fetched} */
  const fetched = { constants: null, failed: false };
  all.set(language, fetched);
  request(language, fetched, FIRST_WAIT_MS);
  return fetched;
}

/**
 * @param {string} language
 * @param {Fetched} fetched
 * @param {number} wait before the next request if this one fails
 */
async function request(language, fetched, wait) {
  try {
    const answer = await fetchFile(`constants/${language}.json`);
    fetched.constants = await answer.json();
  } catch (problem) {
    console.warn(problem);
    setTimeout(request, wait, language, fetched, Math.min(2 * wait, LONGEST_WAIT_MS));
  }
  fetched.failed = !fetched.constants;
  changes.dispatchEvent(new Event("change"));
}
