// What a player on the page shows now, for whoever follows it: no server is asked.

/**
 * @typedef {object} Frame one stop of a player
 * @property {number} number of the stop, counted from 0
 * @property {string} phase
 * @property {string[]} activations names of the layers whose output is known
 * @property {string[]} gradients names of the layers whose gradient is known
 * @property {string | null} current the layer that runs now
 */

/** Frame that each channel shows. @type {Map<string, Frame>} */
const last = new Map();
const changes = new EventTarget();

/**
 * Show a frame on a channel.
 *
 * @param {string} channel
 * @param {Frame | null} frame null where there is no player any more
 */
export function publishFrame(channel, frame) {
  if (frame) last.set(channel, frame);
  else last.delete(channel);
  changes.dispatchEvent(new CustomEvent(channel, { detail: frame }));
}

/**
 * Be told of each frame of a channel; who comes late gets the last one at once.
 *
 * @param {string} channel
 * @param {(frame: Frame | null) => void} show
 * @returns {() => void} ends it
 */
export function followFrames(channel, show) {
  const onFrame = (/** @type {Event} */ event) => show(/** @type {CustomEvent<Frame | null>} */ (event).detail);
  changes.addEventListener(channel, onFrame);
  show(last.get(channel) ?? null);
  return () => changes.removeEventListener(channel, onFrame);
}
