// Mapping of values to colors.

/** Number of colors in a table; odd, so that zero has its own entry in the middle of a diverging scale. */
export const ENTRIES = 511;

/**
 * @typedef {"light" | "dark"} Theme
 *
 * @typedef {object} Colors of a theme, see playground/palette.py
 * @property {string[]} diverging stops as #rrggbb, as in all scales
 * @property {string[]} sequential
 * @property {string[]} ink
 * @property {string[]} night
 * @property {string} accent
 * @property {string} track
 * @property {string} bar
 * @property {string[]} series
 * @property {Record<string, string>} kinds
 *
 * @typedef {Record<Theme, Colors>} Palette
 *
 * @typedef {object} Scale
 * @property {Uint32Array} table ENTRIES colors, as stored in ImageData on a little-endian machine (ABGR)
 * @property {boolean} signed true if zero is in the middle of the table, false if it is at the start
 * @property {string} gradient the same as a CSS gradient, left to right
 * @property {boolean} [ground] true if zero's color is painted behind bars too
 */

/** @param {string} hex #rrggbb @returns {number[]} */
export function channels(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/**
 * @param {string[]} stops
 * @param {boolean} signed
 * @returns {Scale}
 */
export function makeScale(stops, signed) {
  const colors = stops.map(channels);
  const table = new Uint32Array(ENTRIES);
  for (let entry = 0; entry < ENTRIES; entry++) {
    const position = (entry / (ENTRIES - 1)) * (colors.length - 1);
    const left = Math.min(Math.floor(position), colors.length - 2);
    const [red, green, blue] = colors[left].map((from, i) =>
      Math.round(from + (colors[left + 1][i] - from) * (position - left)),
    );
    table[entry] = (255 << 24) | (blue << 16) | (green << 8) | red;
  }
  return { table, signed, gradient: `linear-gradient(90deg, ${stops.join(", ")})` };
}

/** @param {Colors} colors of the theme @returns {Record<string, Scale>} */
export function makeScales(colors) {
  return {
    diverging: makeScale(colors.diverging, true),
    sequential: makeScale(colors.sequential, false),
    ink: makeScale(colors.ink, false),
    night: { ...makeScale(colors.night, true), ground: true },
  };
}

/**
 * @param {number} value
 * @param {number} range the value at the end of the scale
 * @param {boolean} signed
 * @returns {number} entry of the table
 */
export function entryOf(value, range, signed) {
  const zero = signed ? (ENTRIES - 1) / 2 : 0;
  const entry = range > 0 ? (zero + (value / range) * (ENTRIES - 1 - zero) + 0.5) | 0 : zero;
  return entry < 0 ? 0 : entry >= ENTRIES ? ENTRIES - 1 : entry;
}

/** @param {string} hex #rrggbb @returns {number} the color as a table keeps it */
export function pack(hex) {
  const [red, green, blue] = channels(hex);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** @param {number} color of a table @returns {string} */
export function toCss(color) {
  return `rgb(${color & 255},${(color >> 8) & 255},${(color >> 16) & 255})`;
}

/** @param {number} color of a table @returns {string} black or white, whichever has the higher contrast (WCAG 2) */
export function textOn(color) {
  const linear = [0, 8, 16].map((shift) => {
    const share = ((color >> shift) & 255) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.179 ? "#000" : "#fff"; // both contrasts are equal at 0.179
}

/** @type {Map<string, Theme>} */
const themes = new Map();

/**
 * @param {Element} element inside a component
 * @returns {Theme} the theme that Streamlit shows
 */
export function themeOf(element) {
  // Streamlit sets its variables by a class on the element around the component, whose name contains a hash of them.
  // Reading the name is cheap; reading the variables forces the browser to recalculate the page's style and layout.
  const name = /** @type {ShadowRoot} */ (element.getRootNode()).host?.parentElement?.className ?? "";
  const known = themes.get(name);
  if (known) return known;
  const background = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const [red, green, blue] = /^#[0-9a-f]{6}/i.test(background)
    ? channels(background)
    : (background.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  const theme = red + green + blue < 384 ? "dark" : "light";
  if (name && background) themes.set(name, theme);
  return theme;
}
