// Fields for the options of a layer: a number, a pair of numbers, a switch or a choice.

import { fill, make } from "../shared/dom.js";

/**
 * @typedef {number | boolean | string | [number, number]} Given value of an option
 *
 * @typedef {object} OptionType
 * @property {string} name of PyTorch's argument
 * @property {"whole" | "pair" | "real" | "switch" | "choice"} form
 * @property {Given} default
 * @property {number} low
 * @property {number} high
 * @property {string[]} choices
 * @property {boolean} inferred whether 0 leaves the value to the playground
 */

/**
 * Value in a text; null where it is none or out of range. An empty text leaves an inferred option to the playground.
 *
 * @param {OptionType} option
 * @param {string} typed
 * @returns {Given | null}
 */
export function read(option, typed) {
  const written = typed.trim();
  if (option.inferred && written === "") return option.default;
  const fits = (/** @type {number} */ number) => number >= option.low && number <= option.high;
  if (option.form === "real") {
    const number = Number(written.replace(",", "."));
    return written !== "" && fits(number) ? number : null;
  }
  const parts = option.form === "pair" ? written.split(/\s*[x×,]\s*/) : [written];
  if (parts.length > 2 || !parts.every((part) => /^\d{1,6}$/.test(part) && fits(Number(part)))) return null;
  const numbers = parts.map(Number);
  return option.form === "pair" ? [numbers[0], numbers[numbers.length - 1]] : numbers[0];
}

/** Text of a value as `read` reads it. @param {OptionType} option @param {Given} value */
export function written(option, value) {
  if (Array.isArray(value)) {
    if (option.inferred && value[0] === 0) return "";
    return value[0] === value[1] ? String(value[0]) : value.join("×");
  }
  return option.inferred && value === 0 ? "" : String(value);
}

/** A value one up or down, within the range. @param {OptionType} option @param {Given} value @param {number} by */
export function moved(option, value, by) {
  const one = (/** @type {number} */ number) => Math.min(option.high, Math.max(option.low, number + by));
  return Array.isArray(value) ? /** @type {[number, number]} */ (value.map(one)) : one(Number(value));
}

/**
 * A field with its label.
 *
 * @param {OptionType} option
 * @param {Record<string, string>} text
 * @param {(value: Given) => void} change called with each new value that is possible
 * @returns {{element: HTMLElement, show: (value: Given, inferred: string) => void}}
 */
export function makeField(option, text, change) {
  if (option.form === "switch") {
    const input = make("input", { type: "checkbox" });
    input.onchange = () => change(input.checked);
    return {
      element: make("label", { class: "option" }, [make("span", { text: option.name }), input]),
      show: (value) => {
        input.checked = value === true;
      },
    };
  }
  if (option.form === "choice") {
    const choices = option.choices.map((choice) => make("option", { value: choice, text: choice }));
    const input = make("select", {}, choices);
    input.onchange = () => change(input.value);
    return {
      element: make("label", { class: "option" }, [make("span", { text: option.name }), input]),
      show: (value) => {
        input.value = String(value);
      },
    };
  }
  const complaint = make("span", { class: "complaint", role: "alert" });
  const input = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", size: 4 });
  input.oninput = () => {
    const value = read(option, input.value);
    input.toggleAttribute("aria-invalid", value === null);
    complaint.textContent =
      value === null ? fill(text[`range_${option.form}`], { low: option.low, high: option.high }) : "";
    if (value !== null) change(value);
  };
  input.onkeydown = (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const value = read(option, input.value);
    if (!by || value === null || option.form === "real") return;
    event.preventDefault();
    const next = written(option, moved(option, value, by));
    if (next === input.value) return;
    input.value = next;
    input.dispatchEvent(new Event("input"));
  };
  return {
    element: make("label", { class: "option" }, [make("span", { text: option.name }), input, complaint]),
    show: (value, inferred) => {
      input.placeholder = inferred;
      // What is being typed stays, even where it isn't a value yet.
      if (/** @type {ShadowRoot} */ (input.getRootNode()).activeElement === input) return;
      input.value = written(option, value);
      input.removeAttribute("aria-invalid");
      complaint.textContent = "";
    },
  };
}
