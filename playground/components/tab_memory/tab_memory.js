// State of a visit that this browser tab keeps and returns to a server that doesn't have it: after a reload, a restart
// of the server, a long time offline, or a page change right after the last stroke.

/** @import { Limits } from "../drawing_pad/sheet.js" */
/** @import { Component } from "../shared/types.js" */
import { keepValue, readKept, recall } from "../drawing_pad/memory.js";
import { toDocument } from "../drawing_pad/sheet.js";
import { keepHistory } from "./history.js";

/** After this time without an answer the state is sent again. */
const PATIENCE_MS = 3000;

/**
 * @typedef {object} MemoryData see `tab_memory` in Python
 * @property {string} session identifies the server's session
 * @property {[string, string]} owner name and value of a cookie for a browser that has none of this name
 * @property {boolean} told true if that session has received the tab's state
 * @property {number} revision number of the last drawing that the server has read
 * @property {boolean} drawn true if the page has a pad, which sends its drawing itself
 * @property {string} storage name under which the pad keeps its drawing
 * @property {Limits} limits
 * @property {Record<string, unknown>} choices to keep
 */

/** Time for which a browser keeps the cookie, in seconds. */
const OWNER_S = 365 * 86_400;

const NAME = "visit";
/** @type {WeakMap<Node, ReturnType<typeof makeMemory>>} */
const memories = new WeakMap();

/** @param {Component<MemoryData>} component with a new value */
export function render({ data, parentElement, setTriggerValue }) {
  const memory = memories.get(parentElement) ?? makeMemory();
  memories.set(parentElement, memory);
  memory.take(data, setTriggerValue);
  return () => {
    memory.close();
    memories.delete(parentElement);
  };
}

/** @param {string} name @param {string} value */
function keepOwner(name, value) {
  if (document.cookie.split("; ").some((one) => one.startsWith(`${name}=`))) return;
  const path = new URL(".", document.baseURI).pathname;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on pages without HTTPS
  document.cookie = `${name}=${value}; Path=${path}; Max-Age=${OWNER_S}; SameSite=Strict${secure}`;
}

function makeMemory() {
  /** @type {MemoryData} */
  let data;
  /** @type {(name: string, value: unknown) => void} */
  let send;
  let times = 0;
  let timer = 0;
  keepHistory();

  /** @param {MemoryData} newData @param {(name: string, value: unknown) => void} setTriggerValue */
  function take(newData, setTriggerValue) {
    data = newData;
    send = setTriggerValue;
    clearTimeout(timer);
    keepOwner(...data.owner);
    const kept = readKept(NAME);
    const strange = !data.told && typeof kept?.session === "string" && kept.session !== data.session;
    if (!strange) keepValue(NAME, { session: data.session, choices: data.choices });
    if (strange || (!data.drawn && drawing().revision > 0 && drawing().revision !== data.revision)) give();
    else cover(false);
  }

  const drawing = () => recall(data.storage, data.limits);

  function give() {
    const { sheet, revision } = drawing();
    const kept = readKept(NAME);
    cover(true);
    times += 1;
    send("kept", {
      n: times,
      session: kept?.session ?? null,
      choices: kept?.choices ?? null,
      stages: readKept("stages"),
      drawing: sheet && revision > 0 ? toDocument(sheet, revision) : null,
    });
    clearTimeout(timer);
    timer = window.setTimeout(() => (times < 5 ? give() : cover(false)), PATIENCE_MS);
  }

  /** Hide the page's content, which is outdated until the server has received the state. @param {boolean} on */
  function cover(on) {
    document.documentElement.toggleAttribute("data-coming-back", on);
    if (!on) times = 0;
  }

  // A restarted server doesn't know the page, and can't rerun a fragment before the whole page has run.
  const app = document.querySelector('[data-testid="stApp"]');
  let connected = isConnected();
  const observer = new MutationObserver(() => {
    const before = connected;
    connected = isConnected();
    if (connected && !before) give();
  });
  if (app) observer.observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });

  function isConnected() {
    return app?.getAttribute("data-test-connection-state") === "CONNECTED";
  }

  return {
    take,
    close() {
      clearTimeout(timer);
      observer.disconnect();
      cover(false);
    },
  };
}
