// Legend under the picture of a network: the color scales with their ends, and patterns.

/** @import { Words } from "../shared/types.js" */
/** @import { Layer } from "./network.js" */
/** @import { Look, Place } from "./picture.js" */
/** @import { Scale } from "../shared/colors.js" */
import { fill, make, write } from "../shared/dom.js";
import { formatNumber } from "../shared/numbers.js";
import { faceOf } from "./network.js";

/** @param {Words} text */
export function makeKey(text) {
  const scales = { output: makeBar(text.output), gradient: makeBar(text.gradient) };
  const [unknown, current, wild] = ["unknown", "current", "wild"].map((name) => {
    const sign = make("span", { class: `key-sign key-${name}` });
    return make("li", {}, [sign, make("span", { text: text[`key_${name}`] })]);
  });
  const counted = make("li", { text: text.key_counted });
  const edges = make("li");
  const weights = make("li", { hidden: true });
  unknown.hidden = true;
  const missing = make("li", { hidden: true }, [
    make("span", { class: "key-sign key-missing" }),
    make("span", { text: text.key_missing }),
  ]);
  const signs = [
    scales.output.element,
    scales.gradient.element,
    edges,
    weights,
    missing,
    unknown,
    current,
    wild,
    counted,
  ];
  const element = make("ul", { class: "key", "aria-label": text.key }, signs);
  return {
    element,
    /**
     * Explain what else a stop shows: what isn't computed yet, weights over the maps, the mark of the missing probability.
     *
     * @param {"change" | "gradient" | null} kind of the weights, null for none
     * @param {number} factor by which their change is magnified
     * @param {boolean} marked true if the missing probability is marked
     * @param {boolean} hatched true if a layer isn't computed yet
     */
    note(kind, factor, marked, hatched) {
      unknown.hidden = !hatched;
      weights.hidden = !kind;
      if (kind) write(weights, fill(text[`key_weights_${kind}`], { factor: formatNumber(factor, 3) }));
      missing.hidden = !marked;
    },
    /**
     * @param {Look} look
     * @param {boolean} sided true if the picture may show more than outputs
     * @param {Layer[]} layers
     * @param {Place | null} place whose range is given, null for none
     */
    show(look, sided, layers, place) {
      const strange = layers.some((layer) => layer.state !== "none" && faceOf(layer).wild.some(Boolean));
      for (const one of [scales.gradient.element, current]) one.hidden = !sided;
      wild.hidden = !strange;
      element.classList.toggle("is-sided", sided);
      edges.hidden = look.empty || !look.edges.length;
      write(edges, text[look.backward ? "key_edges_back" : "key_edges"]);
      showScale(scales.output, look.scales.diverging, false, look, layers, place);
      if (sided) showScale(scales.gradient, look.scales.night, true, look, layers, place);
    },
  };

  /**
   * @param {ReturnType<typeof makeBar>} shown
   * @param {Scale} scale
   * @param {boolean} gradient
   * @param {Look} look
   * @param {Layer[]} layers
   * @param {Place | null} place
   */
  function showScale(shown, scale, gradient, look, layers, place) {
    if (shown.scale !== scale) {
      shown.scale = scale;
      shown.bar.style.backgroundImage = scale.gradient;
    }
    const faces = layers.filter((layer) => (layer.state === "gradient") === gradient && layer.state !== "none");
    const known = !look.empty && faces.length > 0;
    const own = known && place && faces.includes(place.layer) ? place : null;
    const end =
      own || (known && look.reach === "network") ? look.rangeOf(faceOf(own?.layer ?? faces[0]), own?.unit ?? 0) : null;
    write(shown.low, end === null ? "\u2212" : formatNumber(-end, 3));
    write(shown.high, end === null ? "+" : formatNumber(end, 3));
    const name = own && look.reach !== "network" ? own.layer.name : "";
    write(shown.range, name ? fill(text.key_range_of, { layer: name }) : text[`key_range_${look.reach}`]);
  }
}

/** A color scale with its ends. @param {string} name */
function makeBar(name) {
  const [low, bar, high, range] = ["low", "bar", "high", "range"].map((part) => make("span", { class: `key-${part}` }));
  const zero = make("span", { class: "key-zero", text: "0" });
  const element = make("li", { class: "key-scale" }, [
    make("strong", { text: name }),
    low,
    make("span", { class: "key-colors" }, [bar, zero]),
    high,
    range,
  ]);
  return { element, low, bar, high, range, scale: /** @type {Scale | null} */ (null) };
}
