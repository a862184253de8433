// Channels on which a player publishes to other components, without the server, where it is between two stops.

/**
 * @typedef {object} Frame one stop of a player
 * @property {number} number of the stop, counted from 0
 * @property {string} phase
 * @property {string[]} activations names of the layers whose output has been computed
 * @property {string[]} gradients names of the layers whose gradient has been computed
 * @property {string[]} parameters names of the parameters whose gradient is complete
 * @property {string | null} parameter the one of these that was completed at this stop, null if none was
 * @property {string | null} current the layer that runs now
 *
 * @typedef {object} Position a place on the way from one stop to a later one
 * @property {Frame} from
 * @property {Frame} to the same as `from` at a stop
 * @property {number} u share of the way, 0..1
 * @property {Frame} shown the nearer one, which the player describes
 */

/** Current position of each channel. @type {Map<string, Position>} */
const last = new Map();
const changes = new EventTarget();

/**
 * Publish a position on a channel.
 *
 * @param {string} channel
 * @param {Position | null} position null if the player has been removed
 */
export function publishPosition(channel, position) {
  if (position) last.set(channel, position);
  else last.delete(channel);
  changes.dispatchEvent(new CustomEvent(channel, { detail: position }));
}

/**
 * Subscribe to the positions of a channel; if there is a current one, `show` is called with it at once.
 *
 * @param {string} channel
 * @param {(position: Position | null) => void} show
 * @returns {() => void} ends the subscription
 */
export function followPositions(channel, show) {
  const onPosition = (/** @type {Event} */ event) => show(/** @type {CustomEvent<Position | null>} */ (event).detail);
  changes.addEventListener(channel, onPosition);
  show(last.get(channel) ?? null);
  return () => changes.removeEventListener(channel, onPosition);
}
