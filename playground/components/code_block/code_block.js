// Component module: Python code, and a button that copies it.

/** @import { Component, Words } from "../shared/types.js" */
import { make, makeSvg, write } from "../shared/dom.js";

export const skeleton = '<div class="code-block" data-testid="code-block"></div>';

const COPIED_MS = 2000;
const SHEETS = "M8 8h12v12H8zM16 8V4H4v12h4";
const TICK = "M4 12.5l5 5L20 6.5";

/**
 * @typedef {object} CodeData
 * @property {[kind: string, text: string][]} pieces kinds are the classes in code_block.css
 * @property {number | null} height in pixels of a block that scrolls, null for one that wraps its lines
 * @property {Words} text
 */

/** @type {WeakMap<Element, (data: CodeData) => void>} */
const blocks = new WeakMap();

/** @param {Component<CodeData>} component with a new value */
export function render({ data, parentElement }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".code-block"));
  const show = blocks.get(root) ?? makeBlock(root, data.text);
  blocks.set(root, show);
  show(data);
}

/** @param {HTMLElement} root @param {Words} text */
function makeBlock(root, text) {
  const code = make("code");
  const lines = make("pre", { translate: "no" }, [code]);
  const shape = makeSvg("path", { d: SHEETS });
  const icon = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  icon.append(shape);
  const button = make("button", { type: "button", "aria-label": text.copy, title: text.copy }, [icon]);
  const status = make("p", { role: "status" });
  root.replaceChildren(lines, button, status);
  let signature = "";
  let timer = 0;

  /** @param {CodeData} data */
  function show({ pieces, height }) {
    const newSignature = JSON.stringify([pieces, height]);
    if (newSignature === signature) return;
    signature = newSignature;
    root.classList.toggle("scrolls", height !== null);
    lines.style.height = height === null ? "" : `${height}px`;
    // Keyboards scroll only what takes the focus.
    const attributes = { tabindex: "0", role: "region", "aria-label": text.label };
    for (const [name, value] of Object.entries(attributes)) {
      if (height === null) lines.removeAttribute(name);
      else lines.setAttribute(name, value);
    }
    code.replaceChildren(...pieces.map(([kind, piece]) => (kind ? make("span", { class: kind, text: piece }) : piece)));
    tell("");
  }

  button.onclick = async () => {
    const copied = await copy(code);
    tell(copied ? "copied" : "failed");
    window.clearTimeout(timer);
    if (copied) timer = window.setTimeout(tell, COPIED_MS, "");
  };

  /** @param {"" | "copied" | "failed"} outcome of the last press */
  function tell(outcome) {
    root.dataset.outcome = outcome;
    shape.setAttribute("d", outcome === "copied" ? TICK : SHEETS);
    write(status, outcome && text[outcome]);
  }

  return show;
}

/** @param {HTMLElement} code @returns {Promise<boolean>} whether it was copied; if not, it is selected */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    // Browsers have that clipboard only on https and on this computer.
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}
