// The page of a saved iteration: it gives the playground's components their data, as Streamlit does on its pages.

/** @import { Words } from "../components/shared/types.js" */
/** @import { Given } from "./component_host.js" */
/** @import { ParameterWords } from "./parameters.js" */
/** @import { UnitData } from "./units.js" */
import { make } from "../components/shared/dom.js";
import { unpack } from "../components/shared/packing.js";
import { makeHost } from "./component_host.js";
import { makeGraphSection } from "./graph_section.js";
import { makeChoice, makeTable, rich } from "./page_parts.js";
import { makeParameters } from "./parameters.js";
import { unitOf } from "./units.js";

/**
 * @typedef {object} Contents of the page, see contents.py
 * @property {string} title
 * @property {[string, string][]} settings
 * @property {string[]} digits
 * @property {({words: string, rows: string[][]} | null)[]} losses of each digit
 * @property {{head: string[], rows: string[][]} | null} outcome
 * @property {string[]} remarks
 * @property {{title: string, facts: [string, string][]}[]} nodes
 * @property {Record<string, Record<string, number[]>>} [members] of each box, by the graph's view
 * @property {ParameterWords[]} parameters
 * @property {Record<string, UnitData>} units what an opened unit shows, by layer and channel
 *
 * @typedef {Given & {page: Contents, words: Words} & Record<string, any>} File
 */

/** @param {HTMLElement} root @param {File} given */
export function show(root, given) {
  const { page, words } = given;
  const host = makeHost(given);
  const section = (/** @type {string} */ name, /** @type {(Node | null | false)[]} */ parts) =>
    make("section", { class: name, "aria-labelledby": `title-${name}` }, [
      make("h2", { id: `title-${name}`, text: words[name] }),
      ...parts,
    ]);
  const settings = page.settings.map(([name, value]) =>
    make("div", {}, [make("dt", { text: name }), make("dd", { text: value })]),
  );
  const walk = makeWalk(given, host);
  root.replaceChildren(
    make("h1", { text: page.title }),
    make("p", { text: words.saved }),
    make("dl", { class: "settings", "aria-label": words.settings }, settings),
    ...page.remarks.map((remark) => make("p", { class: "remark" }, rich(remark))),
    section("walk", walk.parts),
    section("graph", makeGraphSection(given, host)),
    section("gradients", makeParameters(given)),
  );
  walk.show(0);
}

/** @param {File} given @param {ReturnType<typeof makeHost>} host */
function makeWalk(given, host) {
  const { page, words } = given;
  const player = host.add("step_view");
  const network = given["network-0"] ? host.add("network_view") : null;
  const loss = make("div", { class: "panel st-key-panel-loss" });
  const update = make("div", { class: "panel st-key-panel-step" }, [
    make("a", { href: "#title-gradients", text: words.gradients }),
  ]);
  const outcome = make("div", { class: "panel st-key-panel-re-evaluate" });
  if (page.outcome)
    outcome.append(make("h3", { text: words.outcome }), makeTable(words.outcome, page.outcome.head, page.outcome.rows));
  /** Data of the opened unit that hold for every digit. @type {Record<string, unknown>} */
  let opened = {};
  const choice = makeChoice(words.digit, "digit", page.digits, showDigit);

  /** @param {number} digit */
  function showDigit(digit) {
    const computed = page.losses[digit];
    const classes = computed ? Array.from({ length: computed.rows[0].length - 1 }, (_, place) => String(place)) : [];
    loss.replaceChildren(
      ...(computed
        ? [
            make("h3", { text: words.loss }),
            make("p", {}, rich(computed.words)),
            makeTable(words.loss, [words.class, ...classes], computed.rows),
          ]
        : []),
    );
    if (!network) return;
    const own = unpack(given[`network-${digit}`]);
    network.show({ ...own, ...opened }, (name, value) => {
      if (name !== "opened") return;
      opened = value ? unitOf(given, value.layer, value.channel) : { opened: null };
      network.change(opened);
    });
  }

  return {
    parts: [
      page.digits.length > 1 && choice,
      make("div", { class: "stage" }, [
        make("div", { class: "player" }, [player.element]),
        make("div", { class: "picture" }, [
          network?.element ?? make("p", { text: words["no-network"] }),
          loss,
          update,
          outcome,
        ]),
      ]),
    ],
    /** @param {number} digit */
    show(digit) {
      player.show(unpack(given.player), () => {});
      showDigit(digit);
    },
  };
}
