// Place for a component on a page without Streamlit: a shadow tree with its style sheets, and its values.

/** @import { Palette } from "../components/shared/colors.js" */
/** @import { Component, ComponentModule, Words } from "../components/shared/types.js" */
import * as graphView from "../components/graph_view/graph_view.js";
import * as networkView from "../components/network_view/network_view.js";
import { make } from "../components/shared/dom.js";
import * as stepView from "../components/step_view/step_view.js";

/**
 * @typedef {object} Given what all components share
 * @property {Record<string, string[]>} styles style sheets of each component
 * @property {Record<string, Words>} texts
 * @property {Palette} palette
 *
 * @typedef {(name: string, value: any) => void} Told called when a component sets a value
 */

/** @type {Record<string, ComponentModule>} */
const MODULES = /** @type {any} */ ({ step_view: stepView, network_view: networkView, graph_view: graphView });

/** @param {Given} given */
export function makeHost({ styles, texts, palette }) {
  /** @type {(() => void)[]} */
  const all = [];
  // The theme is the system's; the components read it anew with each value.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const again of all) again();
  });

  /** @param {string} name of the component */
  function add(name) {
    const module = MODULES[name];
    const host = make("div");
    const element = make("div", { class: "component" }, [host]);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = styles[name].map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    const skeleton = new DOMParser().parseFromString(module.skeleton ?? "", "text/html");
    root.append(...skeleton.body.childNodes);
    /** @type {Record<string, unknown>} */
    let data = {};
    /** @type {Told} */
    let told = () => {};

    function render() {
      const whole = { ...data, text: texts[name], palette };
      /** @type {Component<object>} */
      const component = { name, key: name, data: whole, parentElement: root, setStateValue, setTriggerValue };
      module.render(component);
    }

    /** @param {string} value @param {unknown} given */
    function setStateValue(value, given) {
      told(value, given);
    }
    const setTriggerValue = setStateValue;
    all.push(() => {
      if (Object.keys(data).length) render();
    });

    return {
      element,
      /** Show new data. @param {Record<string, unknown>} given @param {Told} tell */
      show(given, tell) {
        data = given;
        told = tell;
        render();
      },
      /** Change a part of the data. @param {Record<string, unknown>} part */
      change(part) {
        data = { ...data, ...part };
        render();
      },
    };
  }

  return { add };
}
