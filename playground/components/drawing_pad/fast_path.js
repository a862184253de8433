/** The live route: a drawing to Python, and its activations to the other components, see playground/draw/fast_path.py. */
import { deliver } from "../shared/mount.js";
import { unpack } from "../shared/packing.js";

/** After this many connections that failed or broke, every drawing goes through Streamlit. */
const TRIES = 3;

/**
 * @param {(seq: number) => void} onAnswer the drawing with this number is on the screen
 * @param {() => void} onLoss what was under way will not be answered
 */
export function createFastPath(onAnswer, onLoss) {
  /** @type {WebSocket | null} */
  let socket = null;
  let tries = 0;
  /** @type {string | null} the board that the page shows now */
  let ticket = null;
  /** The last drawing could not be answered: the next goes through Streamlit, which says why or gives a new ticket. */
  let refused = false;

  function open() {
    const address = new URL("live", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    tries += 1;
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      const answer = unpack(new Uint8Array(data));
      if (answer.seq === null) {
        refused = true;
        onLoss();
        return;
      }
      tries = 0;
      handOut(answer);
      onAnswer(answer.seq);
    };
    socket.onclose = () => {
      socket = null;
      onLoss();
    };
  }

  /** @param {Record<string, any>} answer */
  function handOut({ seq, ticket: board, ...blocks }) {
    for (const [name, block] of Object.entries(blocks)) {
      deliver(name, { ...unpack(block), seq, ticket: board });
    }
  }

  return {
    /** Streamlit has shown a board. @param {string | null} name its ticket, null where there is no live route */
    show(name) {
      ticket = name;
      refused = false;
      if (ticket && !socket && tries < TRIES) open();
    },
    /** True if drawings go through Streamlit for good: there is no live route, or it doesn't work from here. */
    isAbsent: () => ticket === null || (tries >= TRIES && socket?.readyState !== WebSocket.OPEN),
    isOpen: () => ticket !== null && !refused && socket?.readyState === WebSocket.OPEN,
    /** @param {number} seq @param {object} drawing */
    send(seq, drawing) {
      socket?.send(JSON.stringify({ ticket, seq, drawing }));
    },
    close() {
      if (!socket) return;
      socket.onclose = null;
      socket.close();
    },
  };
}
