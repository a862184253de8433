// Loads a component's module and style sheets once, and passes each of its values to the module: from Streamlit and,
// between two runs of the script, from the fast path, see playground/draw/fast_path.py.

/** @import { Component, ComponentModule } from "./types.js" */
import { changes, constantsOf } from "./constants.js";
import { make } from "./dom.js";
import { fetchFile } from "./files.js";
import { unpack } from "./packing.js";

/**
 * A component on the page.
 *
 * @typedef {object} Instance
 * @property {Component<Uint8Array>} component latest values from Streamlit
 * @property {Record<string, any> | null} given its data, null until it is unpacked
 * @property {Record<string, any> | null} fresh newer values from the fast path
 * @property {string} language of the texts that it shows, "" before it shows any
 * @property {boolean} waiting for the texts of another language
 * @property {(() => void) | undefined} cleanup
 * @property {number} calls that Streamlit has made
 * @property {() => void} show
 *
 * @typedef {object} Loaded
 * @property {string} name
 * @property {ComponentModule} module
 * @property {CSSStyleSheet[]} own style sheets
 * @property {string} missing sentence to show when its texts couldn't be loaded
 */

const RELEASE = Symbol.for("cnn-playground");

// Reload a page that was open while the server was updated: two releases side by side would both handle its events.
const page = /** @type {Record<symbol, string>} */ (/** @type {unknown} */ (globalThis));
if (page[RELEASE] && page[RELEASE] !== import.meta.url) location.reload();
page[RELEASE] = import.meta.url;

/** Dispatches "arrival" when a component has been added to the page. */
export const arrivals = new EventTarget();

/** @type {Map<string, Set<Instance>>} */
const mounted = new Map();

/** @type {WeakMap<Node, Instance>} */
const instances = new WeakMap();

/** @type {Map<string, Promise<CSSStyleSheet>>} */
const sheets = new Map();

/**
 * Load a component.
 *
 * @param {string} name of its folder, module and style sheet
 * @param {boolean} styled whether it has a style sheet
 * @param {string} missing sentence to show when its texts couldn't be loaded
 * @returns {Promise<(component: Component<Uint8Array>) => () => void>} the function that Streamlit calls with each new value
 */
export async function load(name, styled, missing) {
  const files = styled ? ["shared/tokens.css", "shared/shared.css", `${name}/${name}.css`] : [];
  /** @type {[ComponentModule, ...CSSStyleSheet[]]} */
  const [module, ...own] = await Promise.all([import(`../${name}/${name}.js`), ...files.map(sheetOf)]);
  return (component) => take({ name, module, own, missing }, component);
}

/**
 * Pass newer values to all components with a name.
 *
 * @param {string} name
 * @param {Record<string, any>} fresh values with their classifier's `ticket` and the drawing's `revision`
 */
export function deliver(name, fresh) {
  for (const instance of mounted.get(name) ?? []) {
    instance.fresh = fresh;
    instance.show();
  }
}

changes.addEventListener("change", () => {
  for (const instances of mounted.values()) for (const instance of instances) if (instance.waiting) instance.show();
});

/** @param {string} file @returns {Promise<CSSStyleSheet>} */
function sheetOf(file) {
  const found = sheets.get(file) ?? loadSheet(file);
  sheets.set(file, found);
  return found;
}

/** @param {string} file @returns {Promise<CSSStyleSheet>} */
async function loadSheet(file) {
  const answer = await fetchFile(file);
  return new CSSStyleSheet().replace(await answer.text());
}

/**
 * @param {Loaded} loaded
 * @param {Component<Uint8Array>} component
 * @returns {() => void}
 */
function take(loaded, component) {
  const root = component.parentElement;
  const instance = instances.get(root) ?? mount(loaded, component);
  if (instance.component.data !== component.data) instance.given = null;
  instance.component = component;
  const call = ++instance.calls;
  instance.show();
  return () => {
    // Streamlit may have called again while the module was loading; only the last call counts.
    if (call !== instance.calls) return;
    instance.cleanup?.();
    mounted.get(loaded.name)?.delete(instance);
    instances.delete(root);
  };
}

/**
 * @param {Loaded} loaded
 * @param {Component<Uint8Array>} component
 * @returns {Instance}
 */
function mount({ name, module, own, missing }, component) {
  const root = component.parentElement;
  root.adoptedStyleSheets = own;
  /** @type {Instance} */
  const instance = {
    component,
    given: null,
    fresh: null,
    language: "",
    waiting: false,
    cleanup: undefined,
    calls: 0,
    show,
  };

  const complaint = make("p", { class: "missing", role: "alert", text: missing });

  /** @param {string} language @param {Node[]} nodes */
  function replace(language, nodes) {
    instance.cleanup?.();
    instance.cleanup = undefined;
    root.replaceChildren(...nodes);
    instance.language = language;
  }

  function show() {
    const given = instance.given ?? unpack(instance.component.data);
    instance.given = given;
    const { fresh } = instance;
    if (fresh && !(fresh.ticket === given.ticket && fresh.revision > given.revision)) instance.fresh = null;
    // What shows nothing needs no constants, but comes first and requests them for the others.
    const { constants, failed } = constantsOf(given.language);
    const known = module.skeleton ? constants && { text: constants.text[name], palette: constants.palette } : {};
    instance.waiting = !known;
    if (!known) {
      if (failed && !root.contains(complaint)) replace("", [complaint]);
      return;
    }
    if (module.skeleton && instance.language !== given.language) {
      const page = new DOMParser().parseFromString(module.skeleton, "text/html");
      replace(given.language, [...page.body.childNodes]);
    }
    document.documentElement.lang = given.language;
    const data = { ...given, ...instance.fresh, ...known };
    instance.cleanup = module.render({ ...instance.component, data }) ?? instance.cleanup;
  }

  instances.set(root, instance);
  const all = mounted.get(name) ?? new Set();
  mounted.set(name, all.add(instance));
  arrivals.dispatchEvent(new Event("arrival"));
  return instance;
}
