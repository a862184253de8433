// Channels on which a player publishes its current stop to other components, without the server.

/**
 * @typedef {object} Frame one stop of a player
 * @property {number} number of the stop, counted from 0
 * @property {string} phase
 * @property {string[]} activations names of the layers whose output has been computed
 * @property {string[]} gradients names of the layers whose gradient has been computed
 * @property {string | null} current the layer that runs now
 */

/** Current frame of each channel. @type {Map<string, Frame>} */
const last = new Map();
const changes = new EventTarget();

/**
 * Publish a frame on a channel.
 *
 * @param {string} channel
 * @param {Frame | null} frame null if the player has been removed
 */
export function publishFrame(channel, frame) {
  if (frame) last.set(channel, frame);
  else last.delete(channel);
  changes.dispatchEvent(new CustomEvent(channel, { detail: frame }));
}

/**
 * Subscribe to the frames of a channel; if there is a current one, `show` is called with it at once.
 *
 * @param {string} channel
 * @param {(frame: Frame | null) => void} show
 * @returns {() => void} ends the subscription
 */
export function followFrames(channel, show) {
  const onFrame = (/** @type {Event} */ event) => show(/** @type {CustomEvent<Frame | null>} */ (event).detail);
  changes.addEventListener(channel, onFrame);
  show(last.get(channel) ?? null);
  return () => changes.removeEventListener(channel, onFrame);
}
