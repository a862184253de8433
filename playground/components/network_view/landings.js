// Landings: the places in an open unit's panel of the maps that the picture shows too.

/** @import { Panel } from "./detail.js" */
/** @import { Landing } from "./kinds/example.js" */
/** @import { Layer } from "./network.js" */

/**
 * @param {Panel} panel
 * @returns {Landing[]} as far as they are in view
 */
export function landingsOf({ place, chooser, swatch, worked }) {
  const own = chooser ?? swatch;
  const { read } = worked;
  const list = read?.list.getBoundingClientRect();
  const inView = (/** @type {HTMLElement} */ one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return list !== undefined && bottom > list.top && top < list.bottom;
  };
  return [
    ...(own ? landing(place.layer, place.unit, own.element) : []),
    ...(read?.maps ?? []).flatMap((one, index) =>
      read && inView(one) ? landing(read.layer, read.first + index, one) : [],
    ),
    ...(worked.landings?.() ?? []),
  ];
}

/** @param {Layer} layer @param {number} unit @param {HTMLElement} element with a canvas @returns {Landing[]} */
function landing(layer, unit, element) {
  const canvas = element.querySelector("canvas");
  return canvas ? [{ layer, unit, element, canvas }] : [];
}
