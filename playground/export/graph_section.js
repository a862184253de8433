// The saved graph, folded or node by node, and facts about the nodes of the selected box.

/** @import { File } from "./host.js" */
/** @import { makeHost } from "./component_host.js" */
import { make } from "../components/shared/dom.js";
import { unpack } from "../components/shared/packing.js";
import { makeChoice, rich } from "./page_parts.js";

const VIEWS = ["folded", "every"];

/** @param {File} given @param {ReturnType<typeof makeHost>} host @returns {Node[]} */
export function makeGraphSection(given, host) {
  const { page, words } = given;
  if (!page.members) return [make("p", { text: words["no-graph"] })];
  const members = page.members;
  const graph = host.add("graph_view");
  const facts = make("div", {
    class: "facts",
    role: "region",
    tabindex: 0,
    "aria-label": words.node,
    "aria-live": "polite",
  });

  /** @param {string} view @param {string} box */
  function describe(view, box) {
    const nodes = (members[view][box] ?? []).map((index) => page.nodes[index]);
    facts.replaceChildren(
      ...nodes.flatMap(({ title, facts }) => [
        make("h3", { text: title }),
        make(
          "dl",
          {},
          facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, rich(value))]),
        ),
      ]),
    );
  }

  /** @param {number} place */
  function show(place) {
    const view = VIEWS[place];
    const data = { ...unpack(given[`graph-${view}`]), revision: place };
    describe(view, Object.keys(members[view])[0]);
    graph.show(data, (name, picked) => {
      if (name !== "picked") return;
      graph.change({ selected: picked.id, taken: picked.revision });
      describe(view, picked.id);
    });
  }

  const choice = makeChoice(
    words.fold,
    "fold",
    VIEWS.map((view) => words[view]),
    show,
  );
  queueMicrotask(() => show(0)); // once it is on the page, where it has a size
  return [choice, make("div", { class: "beside" }, [graph.element, facts])];
}
