// Icons of a player's buttons, as paths in a square of 20.

import { makeSvg } from "./dom.js";

export const ICONS = {
  first: "M5 4v12M16 4.5v11L7.5 10z",
  back: "M14 4.5v11L5.5 10z",
  play: "M6 3.8v12.4L16.5 10z",
  pause: "M6 4h2.8v12H6zM11.2 4H14v12h-2.8z",
  next: "M6 4.5v11l8.5-5.5z",
  last: "M15 4v12M4 4.5v11l8.5-5.5z",
};

/** @param {keyof typeof ICONS} name */
export function makeIcon(name) {
  const path = makeSvg("path", { d: ICONS[name] });
  const icon = makeSvg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" });
  icon.append(path);
  return { icon, path };
}
