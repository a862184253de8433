// The live route: a drawing to Python, and its activations to the other components, see playground/draw/fast_path.py.

import { deliver } from "../shared/mount.js";
import { unpack } from "../shared/packing.js";

/** After this many connections in a row without an answer, drawings go through Streamlit and further tries wait. */
const TRIES = 3;

/** First and longest wait before a further try; in between, each wait is twice the one before. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 8 * FIRST_WAIT_MS;

/** A wait is longer by up to this share of it, so that the visitors of a class don't all try at the same moment. */
const SPREAD = 0.25;

/**
 * @param {(revision: number) => void} onAnswer the drawing with this number is on the screen
 * @param {() => void} onLoss drawings that were sent and not answered will not be answered
 * @param {() => void} onChange the connection has opened or closed
 */
export function makeFastPath(onAnswer, onLoss, onChange) {
  /** @type {WebSocket | null} */
  let socket = null;
  /** Connections since the last answer. */
  let tries = 0;
  let timer = 0;
  /** @type {string | null} of the board that the page shows now */
  let ticket = null;
  /** The last drawing could not be answered: the next goes through Streamlit, which says why or gives a new ticket. */
  let refused = false;

  function open() {
    const address = new URL("live", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    tries += 1;
    clearTimeout(timer);
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = onChange;
    socket.onmessage = ({ data }) => {
      const answer = unpack(new Uint8Array(data));
      if (answer.revision === null) {
        refused = true;
        onLoss();
        return;
      }
      tries = 0;
      handOut(answer);
      onAnswer(answer.revision);
    };
    socket.onclose = () => {
      socket = null;
      if (tries >= TRIES) wait();
      onChange();
      onLoss();
    };
  }

  function wait() {
    const longer = Math.min(FIRST_WAIT_MS * 2 ** (tries - TRIES), LONGEST_WAIT_MS);
    timer = window.setTimeout(tryAgain, longer * (1 + SPREAD * Math.random()));
  }

  /** A hidden tab doesn't try: it does so when it is seen again. */
  function tryAgain() {
    if (ticket && !socket && !document.hidden) open();
  }
  window.addEventListener("online", tryAgain);
  document.addEventListener("visibilitychange", tryAgain);

  /** @param {Record<string, any>} answer */
  function handOut({ revision, ticket: board, ...blocks }) {
    for (const [name, block] of Object.entries(blocks)) {
      deliver(name, { ...unpack(block), revision, ticket: board });
    }
  }

  return {
    /** Streamlit has shown a board. @param {string | null} name its ticket, null where there is no live route */
    show(name) {
      ticket = name;
      refused = false;
      if (ticket && !socket && tries < TRIES) open();
    },
    /** True if drawings go through Streamlit: there is no live route, or it doesn't work at present. */
    isAbsent: () => ticket === null || (tries >= TRIES && socket?.readyState !== WebSocket.OPEN),
    isOpen: () => ticket !== null && !refused && socket?.readyState === WebSocket.OPEN,
    /** @param {number} revision @param {object} drawing */
    send(revision, drawing) {
      socket?.send(JSON.stringify({ ticket, revision, drawing }));
    },
    close() {
      clearTimeout(timer);
      window.removeEventListener("online", tryAgain);
      document.removeEventListener("visibilitychange", tryAgain);
      if (!socket) return;
      socket.onopen = socket.onclose = null;
      socket.close();
    },
  };
}
