// Pictures on a page whose color scales end at the same values, so that they can be compared.

/** @import { Layer, Reach } from "./network.js" */

/**
 * @typedef {object} Member a picture
 * @property {() => Layer[]} layers
 * @property {() => string} signature which is equal for the same layers
 * @property {(reach: Reach) => void} repaint after another member has changed
 */

/** @type {Map<string, Set<Member>>} */
const groups = new Map();

/**
 * @param {Member} member
 */
export function makeMembership(member) {
  let name = "";

  /** @returns {Member[]} with the same layers */
  function others() {
    const all = [...(groups.get(name) ?? [])];
    return all.filter((one) => one !== member && one.signature() === member.signature());
  }

  /** @param {string | null} group null for none */
  function join(group) {
    if (name === (group ?? "")) return;
    groups.get(name)?.delete(member);
    name = group ?? "";
    if (group) groups.set(group, (groups.get(group) ?? new Set()).add(member));
  }

  return {
    join,
    /** @returns {Layer[][]} the layers of each other member that has the same ones */
    layers: () => others().map((one) => one.layers()),
    /** Have the others follow. @param {Reach} reach */
    tell(reach) {
      for (const one of others()) one.repaint(reach);
    },
  };
}
