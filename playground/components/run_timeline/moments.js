// Asks for the network's picture at a checkpoint, one question at a time, see playground/runs/moments.py.

import { deliver } from "../shared/mount.js";
import { unpack } from "../shared/packing.js";

/** After this time without an answer the next question is asked anyway, as the answer may be lost. */
const PATIENCE_MS = 3000;

/**
 * @param {(step: number) => void} onAnswer called when a checkpoint is on the screen
 * @param {() => void} onLoss called when the server can't give it any more
 */
export function makeMoments(onAnswer, onLoss) {
  /** @type {WebSocket | null} */
  let socket = null;
  /** Last question that was not asked yet. @type {object | null} */
  let next = null;
  let asked = 0;

  function open() {
    const address = new URL("training", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = ask;
    socket.onclose = () => {
      socket = null;
      asked = 0;
    };
    socket.onmessage = ({ data }) => {
      asked = 0;
      const { ticket, revision, moment, view } = unpack(new Uint8Array(data));
      if (view) {
        deliver("network_view", { ...unpack(view), ticket, revision });
        onAnswer(moment);
      } else onLoss();
      ask();
    };
  }

  function ask() {
    const waiting = asked > 0 && performance.now() - asked < PATIENCE_MS;
    if (!next || waiting || socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify(next));
    asked = performance.now();
    next = null;
  }

  return {
    /** @param {{ticket: string, moment: number, revision: number}} question */
    show(question) {
      next = question;
      if (socket) ask();
      else open();
    },
    close() {
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
      socket = null;
    },
  };
}
