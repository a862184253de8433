// Sends the newest drawing as soon as Python has answered the previous one: one in flight, no queue.

/** After this time without an answer the next drawing is sent anyway, as the answer may be lost. */
const PATIENCE_MS = 3000;

/** After this time without any answer the visitor is told. */
const SILENCE_MS = 15_000;

/**
 * @param {(revision: number) => void} send sends the current drawing with the number `revision`
 * @param {(silent: boolean) => void} onSilence called with true after a while without an answer, with false at the next one
 * @param {number} revision number of the drawing on the pad; each change increases it
 */
export function makeSender(send, onSilence, revision = 0) {
  let sent = revision;
  let inFlight = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  let silent = false;

  function now() {
    inFlight = true;
    sent = revision;
    clearTimeout(timer);
    timer = setTimeout(arrived, PATIENCE_MS);
    silence ??= setTimeout(tell, SILENCE_MS);
    send(revision);
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
    if (sent !== revision) now();
  }

  return {
    revision: () => revision,
    /** Note that the drawing has changed. */
    changed() {
      revision += 1;
      if (!inFlight) now();
    },
    /** Note that Python has read the drawing with this number. @param {number} read */
    acknowledged(read) {
      if (read >= sent) hear();
      if (inFlight && read >= sent) arrived();
    },
    /** Send the drawing if Python's last one, with this number, is another. @param {number} read */
    agree(read) {
      if (inFlight || read === revision) return;
      if (read > revision) revision = read + 1; // Python's number is from before this pad was on the page
      now();
    },
    /** Send again: the drawing under way will not be acknowledged. */
    lost() {
      if (inFlight) now();
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(silence);
      sent = revision;
    },
  };
}
