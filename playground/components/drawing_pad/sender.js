// Sends the newest drawing as soon as Python has answered the one before: one in flight, never a queue.

/** After this time without an answer the next drawing goes anyway; the answer may be lost. */
const PATIENCE_MS = 3000;

/** After this time without any answer the visitor is told. */
const SILENCE_MS = 15_000;

/**
 * @param {(seq: number) => void} send hands the drawing of this moment over under the number `seq`.
 * @param {(silent: boolean) => void} onSilence there has been no answer for a while, or there is one again.
 * @param {number} seq number of the drawing that is on the pad: each change gives it the next one.
 */
export function makeSender(send, onSilence, seq = 0) {
  let sent = seq;
  let inFlight = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  let silent = false;

  function now() {
    inFlight = true;
    sent = seq;
    clearTimeout(timer);
    timer = setTimeout(arrived, PATIENCE_MS);
    silence ??= setTimeout(tell, SILENCE_MS);
    send(seq);
  }

  function tell() {
    silence = undefined;
    silent = true;
    onSilence(true);
  }

  function hear() {
    clearTimeout(silence);
    silence = undefined;
    if (!silent) return;
    silent = false;
    onSilence(false);
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
      if (ack >= sent) hear();
      if (inFlight && ack >= sent) arrived();
    },
    /** Python has the drawing with this number: where it is not ours, it gets ours. @param {number} ack */
    agree(ack) {
      if (inFlight || ack === seq) return;
      if (ack > seq) seq = ack + 1; // from before this pad was put on the page
      now();
    },
    /** Send again: the drawing under way will not be acknowledged. */
    lost() {
      if (inFlight) now();
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(silence);
      sent = seq;
    },
  };
}
