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
 * @typedef {object} Moment a place on the way from one stop to a later one
 * @property {Frame} from
 * @property {Frame} to the same as `from` at a stop
 * @property {number} u share of the way, 0..1
 * @property {Frame} shown the nearer one, which the player describes
 */

/** Current moment of each channel. @type {Map<string, Moment>} */
const last = new Map();
const changes = new EventTarget();

/**
 * Publish a moment on a channel.
 *
 * @param {string} channel
 * @param {Moment | null} moment null if the player has been removed
 */
export function publishMoment(channel, moment) {
  if (moment) last.set(channel, moment);
  else last.delete(channel);
  changes.dispatchEvent(new CustomEvent(channel, { detail: moment }));
}

/**
 * Subscribe to the moments of a channel; if there is a current one, `show` is called with it at once.
 *
 * @param {string} channel
 * @param {(moment: Moment | null) => void} show
 * @returns {() => void} ends the subscription
 */
export function followMoments(channel, show) {
  const onMoment = (/** @type {Event} */ event) => show(/** @type {CustomEvent<Moment | null>} */ (event).detail);
  changes.addEventListener(channel, onMoment);
  show(last.get(channel) ?? null);
  return () => changes.removeEventListener(channel, onMoment);
}
