/** Sends the newest drawing as soon as Python has answered the one before: one in flight, never a queue. */

/** After this time without an answer the next drawing goes anyway; the answer may be lost. */
const PATIENCE_MS = 3000;

/**
 * @param {(seq: number) => void} send hands the drawing of this moment over under the number `seq`.
 * @param {number} seq number of the drawing that is on the pad: each change gives it the next one.
 */
export function createSender(send, seq = 0) {
  let sent = seq;
  let inFlight = false;
  let timer = 0;

  function now() {
    inFlight = true;
    sent = seq;
    clearTimeout(timer);
    timer = window.setTimeout(arrived, PATIENCE_MS);
    send(seq);
  }

  function arrived() {
    clearTimeout(timer);
    inFlight = false;
    if (sent !== seq) now();
  }

  return {
    seq: () => seq,
    /** The drawing has changed. */
    changed() {
      seq += 1;
      if (!inFlight) now();
    },
    /** Python has read the drawing with this number. @param {number} ack */
    acknowledged(ack) {
      if (inFlight && ack >= sent) arrived();
    },
    /** Python has the drawing with this number: where it is not ours, it gets ours. @param {number} ack */
    agree(ack) {
      if (inFlight || ack === seq) return;
      if (ack > seq) seq = ack + 1; // from before this pad was put on the page
      now();
    },
    /** What was under way will not be acknowledged: send again. */
    lost() {
      if (inFlight) now();
    },
    stop() {
      clearTimeout(timer);
      sent = seq;
    },
  };
}
