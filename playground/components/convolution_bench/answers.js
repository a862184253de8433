// Asks for the picture of changed options, one question at a time, see playground/convolution/bench.py.

/** @import { Component } from "../shared/types.js" */
/** @import { BenchData } from "./bench.js" */
import { deliver } from "../shared/mount.js";
import { unpack } from "../shared/packing.js";

/** Rest of the visitor after which Streamlit gets the options. */
const REST_MS = 400;

/** @typedef {Record<string, string | number | boolean>} Values */

export function makeAnswers() {
  let send = /** @type {Component<BenchData>["setStateValue"]} */ (() => {});
  /** Latest data, from Streamlit or the socket. @type {BenchData} */
  let latest;
  /** Values of the options with which the last picture was made, if it came by the socket. @type {Values | null} */
  let good = null;
  /** Changes that are in no answer yet. @type {Values} */
  let pending = {};
  /** Changes of the last answer, which Streamlit refuses or takes as the socket did. @type {Values} */
  let last = {};
  let revision = 0;
  /** Number of the question that waits for its answer, 0 for none. */
  let asked = 0;
  let [told, timer] = [0, 0];
  /** True while the bench shows an answer of the socket. */
  let delivering = false;
  const address = new URL("bench", document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onclose = () => {
    asked = 0;
    tell();
  };
  socket.onmessage = ({ data }) => {
    const answer = unpack(new Uint8Array(data));
    asked = 0;
    if (answer.revision === null) {
      tell();
      return;
    }
    if (answer.revision === revision) pending = {};
    // A question that was asked meanwhile has all changes since the values that it returns.
    if (answer.ticket === latest.ticket && answer.revision > latest.revision && answer.revision === revision) {
      latest = { ...latest, .../** @type {BenchData} */ (answer) };
      if (latest.good) good = latest.values;
      const { taken, ...fresh } = latest;
      delivering = true;
      deliver("convolution_bench", fresh);
      delivering = false;
      clearTimeout(timer);
      timer = window.setTimeout(tell, REST_MS);
    } else ask();
  };

  function ask() {
    if (asked || !Object.keys(pending).length) return;
    asked = revision;
    last = { ...pending };
    socket.send(JSON.stringify({ ticket: latest.ticket, revision, values: latest.values, changes: pending }));
  }

  /** Give Streamlit the options. */
  function tell() {
    clearTimeout(timer);
    if (told === revision || !latest) return;
    told = revision;
    // With the last changes as they were typed, so that those which were refused are refused here too.
    send("picked", { changes: { ...latest.values, ...last, ...pending }, good: good ?? {}, revision });
  }

  return {
    /** @param {BenchData} data @param {typeof send} setStateValue */
    take(data, setStateValue) {
      send = setStateValue;
      if (delivering) return;
      latest = data;
      if (data.taken >= revision) [pending, last, good, told] = [{}, {}, null, data.taken];
      revision = Math.max(revision, data.taken);
    },
    /** Options whose new value is in no answer yet. */
    pending: () => new Set(Object.keys(pending)),
    /** @param {string} name @param {string | number | boolean} value */
    change(name, value) {
      pending = { ...pending, [name]: value };
      revision++;
      if (socket.readyState === WebSocket.OPEN) ask();
      else tell();
    },
    tell,
    close() {
      clearTimeout(timer);
      socket.onclose = socket.onmessage = null;
      socket.close();
    },
  };
}
