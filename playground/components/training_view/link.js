// Connection to the stream of a run's numbers, see playground/runs/stream.py.

import { unpack } from "../shared/packing.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * @typedef {object} Link
 * @property {() => void} ask for what is new; call this again when the answer is painted
 * @property {() => void} close
 */

/**
 * @param {() => object} question what to ask, see `stream.read`
 * @param {(answer: Record<string, any>) => void} onAnswer
 * @param {(open: boolean) => void} onChange called when the connection has opened or closed
 * @returns {Link}
 */
export function makeLink(question, onAnswer, onChange) {
  /** @type {WebSocket | null} */
  let socket = null;
  let wait = FIRST_WAIT_MS;
  let timer = 0;

  function open() {
    const address = new URL("training", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      onChange(true);
      ask();
    };
    socket.onmessage = ({ data }) => {
      wait = FIRST_WAIT_MS;
      onAnswer(unpack(new Uint8Array(data)));
    };
    socket.onclose = () => {
      socket = null;
      onChange(false);
      timer = window.setTimeout(open, wait * (1 + Math.random() / 4));
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    };
  }

  function again() {
    if (socket) return;
    clearTimeout(timer);
    open();
  }

  function ask() {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(question()));
  }

  window.addEventListener("online", again);
  open();
  return {
    ask,
    close() {
      clearTimeout(timer);
      window.removeEventListener("online", again);
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}
