/** Sends the newest drawing as soon as Python has answered the one before: one in flight, never a queue. */

/** After this time without an answer the next drawing goes anyway; the answer may be lost. */
const PATIENCE_MS = 3000;

/**
 * @param {(seq: number) => void} send hands the drawing of this moment over under the number `seq`.
 */
export function createSender(send) {
  let seq = 0;
  let inFlight = false;
  let waiting = false;
  let timer = 0;

  function now() {
    waiting = false;
    inFlight = true;
    seq += 1;
    clearTimeout(timer);
    timer = window.setTimeout(arrived, PATIENCE_MS);
    send(seq);
  }

  function arrived() {
    clearTimeout(timer);
    inFlight = false;
    if (waiting) now();
  }

  return {
    /** The drawing has changed. */
    changed() {
      if (inFlight) waiting = true;
      else now();
    },
    /** Python has read the drawing with this number. @param {number} ack */
    acknowledged(ack) {
      if (inFlight && ack >= seq) arrived();
      // A number above ours is from before this pad was put on the page: go on from there.
      else if (!inFlight && ack > seq) seq = ack;
    },
    /** Nothing will be acknowledged: send again. */
    lost() {
      if (!inFlight) return;
      waiting = true;
      arrived();
    },
    stop() {
      clearTimeout(timer);
      waiting = false;
    },
  };
}
