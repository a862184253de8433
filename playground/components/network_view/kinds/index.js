// Kinds of operations that the picture explains, by the name of their PyTorch function.

/** @import { Words } from "../../shared/types.js" */
/** @import { Layer } from "../network.js" */
/** @import { Example, Graded, Kind, Outcome, Subject } from "./example.js" */
import { fill } from "../../shared/dom.js";
import { formatNumber } from "../../shared/numbers.js";
import { matches } from "../arithmetic.js";
import { adaptive_avg_pool2d } from "./adaptive_avg_pool2d.js";
import { avg_pool2d } from "./avg_pool2d.js";
import { batch_norm } from "./batch_norm.js";
import { conv2d } from "./conv2d.js";
import { dropout } from "./dropout.js";
import { tellOnly } from "./example.js";
import { gelu } from "./gelu.js";
import { input } from "./input.js";
import { leaky_relu } from "./leaky_relu.js";
import { linear } from "./linear.js";
import { max_pool2d } from "./max_pool2d.js";
import { relu } from "./relu.js";
import { sigmoid } from "./sigmoid.js";
import { softmax } from "./softmax.js";
import { tanh } from "./tanh.js";
import { makeUnknown } from "./unknown.js";

/** @type {Map<string, Kind>} */
export const KINDS = new Map(
  Object.entries({
    input,
    conv2d,
    linear,
    relu,
    max_pool2d,
    avg_pool2d,
    leaky_relu,
    gelu,
    tanh,
    sigmoid,
    batch_norm,
    dropout,
    adaptive_avg_pool2d,
    softmax,
  }),
);

/** @param {Layer} layer @returns {Kind | undefined} undefined for an unknown kind, or a part of a layer */
function kindOf(layer) {
  return layer.explained === false ? undefined : KINDS.get(layer.kind);
}

/** @param {Words} text @param {Subject} subject @returns {Example} worked example of a value */
export function makeForward(text, subject) {
  return kindOf(subject.layer)?.forward(text, subject) ?? makeUnknown(text, subject);
}

/** @param {Words} text @param {Subject} subject @returns {Example} worked example of a gradient */
export function makeBackward(text, subject) {
  const { layers, layer } = subject;
  const readers = layers.filter((one) => one.from.includes(layer));
  const [reader] = readers;
  if (readers.length === 0 || reader === layers[layers.length - 1]) return tellOnly(text.back_loss);
  if (readers.length > 1 || !isGraded(reader))
    return tellOnly(fill(text.back_unknown, { kind: readers.map((one) => one.name).join(", ") }));
  const example = KINDS.get(reader.kind)?.backward?.(text, subject, reader);
  return example ?? tellOnly(fill(text.back_unknown, { kind: reader.kind }));
}

/** @param {Layer} layer @returns {layer is Graded} */
function isGraded(layer) {
  return layer.gradient !== null;
}

/**
 * @param {Words} text
 * @param {Layer} layer
 * @param {Outcome} outcome
 * @param {number} value
 * @returns {string} statement on whether the computed result equals PyTorch's value
 */
export function verdict(text, layer, outcome, value) {
  if (!outcome) return "";
  if (!layer.sent && layer.state === "activation") return text.chosen;
  return fill(matches(outcome, value) ? text.matches : text.differs, {
    value: formatNumber(value),
    sum: formatNumber(outcome.sum),
  });
}
