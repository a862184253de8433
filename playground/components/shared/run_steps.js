// Checkpoints of a run that trains, passed from the component that hears of them to others on the page.

/** @type {Map<string, number[]>} */
const known = new Map();

/** Dispatches "change" when a run has another checkpoint. */
export const changes = new EventTarget();

/**
 * Steps of a run that have a checkpoint, as far as the page has heard; an empty array for a run of which it hasn't.
 *
 * @param {string} run
 */
export function stepsOf(run) {
  return known.get(run) ?? [];
}

/**
 * @param {string} run
 * @param {number[]} steps that have a checkpoint, rising
 */
export function announce(run, steps) {
  if (stepsOf(run).at(-1) === steps.at(-1)) return;
  known.set(run, steps);
  changes.dispatchEvent(new Event("change"));
}
