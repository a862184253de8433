// Fast path: sends a drawing to Python and delivers the answer to the other components, see playground/draw/fast_path.py.

import { deliver } from "../shared/mount.js";
import { unpack } from "../shared/packing.js";

/** After this many consecutive connections without an answer, use Streamlit and wait before the next attempt. */
const TRIES = 3;

/** First and longest wait before another attempt; in between, each wait is twice the previous one. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 8 * FIRST_WAIT_MS;

/** Random share added to each wait, at most, so that a whole class doesn't reconnect at the same moment. */
const SPREAD = 0.25;

/**
 * @param {(revision: number) => void} onAnswer called when the drawing with this number is on the screen
 * @param {() => void} onLoss called when no answer to the drawings under way will come
 * @param {() => void} onChange called when the connection has opened or closed
 */
export function makeFastPath(onAnswer, onLoss, onChange) {
  /** @type {WebSocket | null} */
  let socket = null;
  /** Connections since the last answer. */
  let tries = 0;
  let timer = 0;
  /** Name of the classifier that the page shows now. @type {string | null} */
  let ticket = null;
  /** True if the last drawing was refused: send the next through Streamlit, which shows why or gives a new ticket. */
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

  /** Reconnect, unless the tab is hidden: then `visibilitychange` calls this again later. */
  function tryAgain() {
    if (ticket && !socket && !document.hidden) open();
  }
  window.addEventListener("online", tryAgain);
  document.addEventListener("visibilitychange", tryAgain);

  /** @param {Record<string, any>} answer */
  function handOut({ revision, ticket: answered, ...blocks }) {
    for (const [name, block] of Object.entries(blocks)) {
      deliver(name, { ...unpack(block), revision, ticket: answered });
    }
  }

  return {
    /** Use a classifier from now on. @param {string | null} name its ticket, null if there is no fast path */
    show(name) {
      ticket = name;
      refused = false;
      if (ticket && !socket && tries < TRIES) open();
    },
    /** True if drawings go through Streamlit, because the fast path doesn't exist or doesn't work at present. */
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
