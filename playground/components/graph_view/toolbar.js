// Row above the graph with the search and the choice of colors, and the zoom buttons in the drawing's corner.

import { fill, make, makeSvg, write } from "../shared/dom.js";

/** @type {Record<string, string>} */
const ICONS = {
  zoom_in: "M8 3v10M3 8h10",
  zoom_out: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
};

/**
 * @param {Record<string, string>} text
 * @param {{search: (words: string) => void, next: (step: number) => void, color: (name: string) => void, zoom: (name: string) => void}} act
 */
export function makeToolbar(text, act) {
  const field = make("input", {
    type: "search",
    class: "find",
    placeholder: text.find,
    "aria-label": text.find_label,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 80,
  });
  const count = make("span", { class: "count", role: "status" });
  field.oninput = () => act.search(field.value.trim().toLowerCase());
  field.onkeydown = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      act.next(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && field.value) {
      event.preventDefault();
      field.value = "";
      act.search("");
    }
  };
  const group = `colors-${Math.random().toString(36).slice(2)}`;
  const choices = ["kind", "norm"].map((name) => {
    const input = make("input", { type: "radio", name: group, value: name, checked: name === "kind" });
    input.onchange = () => act.color(name);
    return { name, input, element: make("label", {}, [input, make("span", { text: text[`color_${name}`] })]) };
  });
  const colors = make("fieldset", { class: "colors" }, [
    make("legend", { text: text.color }),
    ...choices.map((choice) => choice.element),
  ]);
  const zoom = make(
    "div",
    { class: "zoom", role: "group", "aria-label": text.view },
    ["zoom_out", "zoom_in", "fit"].map((name) => {
      const icon = makeSvg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
      icon.append(makeSvg("path", { d: ICONS[name] }));
      const button = make("button", { type: "button", "aria-label": text[name], title: text[name] });
      button.append(icon);
      button.onclick = () => act.zoom(name);
      return button;
    }),
  );
  return {
    element: make("div", { class: "toolbar" }, [make("div", { class: "search" }, [field, count]), colors]),
    zoom,
    /** @param {number | null} found number of matches, null if there is no search @param {number} at number of the match shown, from 1; 0 for none */
    tell(found, at) {
      write(
        count,
        found === null
          ? ""
          : found === 0
            ? text.found_none
            : at
              ? fill(text.found_at, { at, count: found })
              : fill(text.found, { count: found }),
      );
    },
    /** @param {boolean} there true if the graph has norms to color by */
    offerNorms(there) {
      colors.hidden = !there;
    },
    /** @param {string} name */
    setColor(name) {
      for (const choice of choices) choice.input.checked = choice.name === name;
    },
  };
}
