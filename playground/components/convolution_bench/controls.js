// Controls of the options, in groups, each with the sentence about what is wrong with it.

/** @import { Words } from "../shared/types.js" */
/** @import { BenchData, Field } from "./bench.js" */
import { make, write } from "../shared/dom.js";

/** @typedef {{element: HTMLElement, input: HTMLInputElement | HTMLSelectElement, typed: boolean}} Control */

/**
 * @param {Words} text
 * @param {(name: string, value: string | number | boolean) => void} changed called with an option's new value
 */
export function makeControls(text, changed) {
  const element = make("div", { class: "controls" });
  /** @type {Map<string, {element: HTMLElement, fields: HTMLElement, alert: HTMLElement, signature: string}>} */
  const groups = new Map();
  /** @type {Map<string, Control>} */
  const controls = new Map();

  /** @param {string} name */
  function makeGroup(name) {
    const fields = make("div", { class: "fields" });
    const alert = makeAlert(`problem-${name}`);
    const group = make("fieldset", { class: "group" }, [
      make("legend", { text: text[`group_${name}`] }),
      fields,
      alert.element,
    ]);
    return { element: group, fields, alert: alert.element, signature: "" };
  }

  /** @param {Field} field @param {string} group @returns {Control} */
  function makeControl(field, group) {
    const { name, value, choices, low, high, step } = field;
    const words = text[`field_${name}`] ?? name;
    /** @type {HTMLInputElement | HTMLSelectElement} */
    let input;
    if (typeof value === "boolean") {
      input = make("input", { type: "checkbox" });
      input.onchange = () => changed(name, /** @type {HTMLInputElement} */ (input).checked);
    } else if (choices.length) {
      input = make(
        "select",
        {},
        choices.map((one) => make("option", { value: one, text: text[`choice_${one}`] ?? one })),
      );
      input.onchange = () => changed(name, input.value);
    } else {
      const bounds = { min: low ?? false, max: high ?? false, step: low === null ? "any" : step };
      input = make("input", { type: "number", inputmode: low === null ? "decimal" : "numeric", ...bounds });
      input.oninput = () => {
        control.typed = true;
        changed(name, input.value === "" ? "" : Number(input.value));
      };
    }
    input.setAttribute("aria-describedby", `problem-${group}`);
    const label = make("label", { class: `field field-${name}${typeof value === "boolean" ? " is-switch" : ""}` }, [
      make("span", { text: words }),
      input,
    ]);
    const control = { element: label, input, typed: false };
    return control;
  }

  return {
    element,
    /** @param {Pick<BenchData, "groups" | "problems">} data @param {ReadonlySet<string>} pending options whose new value Python doesn't have yet */
    show({ groups: given, problems }, pending) {
      for (const { name, fields } of given) {
        const group = groups.get(name) ?? makeGroup(name);
        if (!groups.has(name)) element.append(group.element);
        groups.set(name, group);
        const signature = JSON.stringify(fields.map(({ value, ...rest }) => [rest, typeof value]));
        if (signature !== group.signature) {
          group.signature = signature;
          const root = /** @type {ShadowRoot} */ (element.getRootNode());
          const focused = fields.find((field) => controls.get(field.name)?.input === root.activeElement);
          for (const field of fields) controls.set(field.name, makeControl(field, name));
          group.fields.replaceChildren(...fields.map((field) => controlOf(field.name).element));
          if (focused) controlOf(focused.name).input.focus({ preventScroll: true });
        }
        for (const { name: own, value } of fields) show(controlOf(own), own, value, problems, pending);
        const wrong = fields.filter((field) => problems[field.name]);
        showAlert(
          group.alert,
          wrong.map((field) => problems[field.name]),
        );
      }
    },
  };

  /** @param {string} name @returns {Control} */
  function controlOf(name) {
    return /** @type {Control} */ (controls.get(name));
  }

  /** @param {Control} control @param {string} name @param {Field["value"]} value @param {BenchData["problems"]} problems @param {ReadonlySet<string>} pending */
  function show(control, name, value, problems, pending) {
    const { input } = control;
    const wrong = name in problems;
    input.setAttribute("aria-invalid", String(wrong));
    // What the visitor types stays as it was typed, above all while it is refused.
    if (pending.has(name) || (wrong && control.typed)) return;
    control.typed = false;
    if (typeof value === "boolean") /** @type {HTMLInputElement} */ (input).checked = value;
    else if (input.value === "" || Number(input.value) !== value)
      input.value = typeof value === "number" ? String(Number(value.toPrecision(9))) : value;
  }
}

/** Sentence about options, announced when it comes. @param {string} id */
export function makeAlert(id) {
  const element = make("div", { class: "problem", id, role: "alert" });
  element.hidden = true;
  return {
    element,
    /** @param {[string, string][]} problems */
    show: (problems) => showAlert(element, problems),
  };
}

/** @param {HTMLElement} element @param {[string, string][]} problems */
function showAlert(element, problems) {
  element.hidden = !problems.length;
  while (element.children.length > problems.length) element.lastElementChild?.remove();
  problems.forEach(([sentence, torch], place) => {
    const line = element.children[place] ?? element.appendChild(make("p", {}, [make("span"), make("code")]));
    const [words, code] = line.children;
    write(words, sentence);
    write(code, torch);
    /** @type {HTMLElement} */ (code).hidden = !torch;
  });
}
