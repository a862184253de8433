// Helpers that create elements. Data goes only into text and attributes, never into HTML.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean>} attributes `class`, `text` and any attribute; false leaves one out
 * @param {(Node | null | false)[]} children null and false leave one out
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = String(value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {Node[]} */ (children.filter(Boolean)));
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElement}
 */
export function makeSvg(tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** Give a canvas a size in CSS pixels, which empties it. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} ratio screen pixels per CSS pixel */
export function fitCanvas(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/**
 * @param {string} template such as "channel {channel} of {count}"
 * @param {Record<string, string | number>} values
 */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Text that was last written into each element. @type {WeakMap<Element, string>} */
const written = new WeakMap();

/**
 * Write a text only if it has changed, because even an equal text costs a layout, and into the existing text node,
 * because a new node costs more. A browser's translation of the element stays as long as the text is the same.
 *
 * @param {Element} element element that contains only text
 * @param {string} text
 */
export function write(element, text) {
  const last = written.get(element);
  const node = element.firstChild;
  if (last !== undefined ? last === text : (node?.nodeValue ?? "") === text && element.childNodes.length < 2) return;
  const own = node && node === element.lastChild && node.nodeType === Node.TEXT_NODE;
  if (own && text) node.nodeValue = text;
  else element.textContent = text;
  written.set(element, text);
}
