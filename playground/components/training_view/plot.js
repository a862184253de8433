// Plot of curves on a canvas, with the values under the pointer.

/** @import { Axis } from "./axis.js" */
import { make, write } from "../shared/dom.js";
import { formatNumber, formatPercent, formatWhole } from "../shared/numbers.js";
import { makeAxis, rangeOf } from "./axis.js";
import { nearest } from "./curves.js";

const LEFT = 46;
const BOTTOM = 22;
const TOP = 6;
const RIGHT = 10;
/** Times its first value beyond which a loss has exploded, and how much of it a linear axis then shows. */
const EXPLODED = 100;
const SHOWN = 5;
const SPACE_PER_TICK = { across: 80, up: 42 };

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {ArrayLike<number>} x rising
 * @property {ArrayLike<number>} y
 * @property {string} color
 * @property {"thin" | "thick" | "dots" | "dashed"} style
 *
 * @typedef {object} Options
 * @property {boolean} log
 * @property {boolean} share true for values from 0 to 1, written as percentages
 * @property {string} across name of the x axis
 * @property {number} until smallest end of the x axis
 * @property {boolean} whole true if the x axis counts steps
 */

/** @param {string} label of the picture, for assistive technology */
export function makePlot(label) {
  const canvas = make("canvas", { class: "plot", role: "img", "aria-label": label });
  const note = make("div", { class: "plot-note", hidden: true });
  const element = make("div", { class: "plot-box" }, [canvas, note]);
  /** @type {Line[]} */
  let lines = [];
  /** @type {Options} */
  let options = { log: false, share: false, across: "", until: 1, whole: true };
  /** Value of the x axis under the pointer. @type {number | null} */
  let pointed = null;
  /** @type {((pixel: number) => number) | null} */
  let valueAt = null;

  canvas.onpointermove = (event) => {
    pointed = valueAt ? valueAt(event.offsetX) : null;
    paint();
  };
  canvas.onpointerleave = () => {
    pointed = null;
    paint();
  };
  new ResizeObserver(() => paint()).observe(canvas);

  function paint() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0 || height === 0) return;
    const density = devicePixelRatio;
    const [wide, high] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const [across, up] = axes(width, height);
    paintAxes(context, across, up, { width, height, text: style.color, line: style.borderTopColor, font: style.font });
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT + 4, height - BOTTOM + 1);
    context.clip();
    for (const line of lines) paintLine(context, line, across, up);
    context.restore();
    paintPointed(context, across, up, width, height);
  }

  /** @param {number} width @param {number} height @returns {[Axis, Axis]} */
  function axes(width, height) {
    const last = Math.max(options.until, ...lines.map(({ x }) => x[x.length - 1] ?? 0));
    const [left, right] = [LEFT, width - RIGHT];
    valueAt = (pixel) => ((pixel - left) / (right - left)) * last;
    const across = makeAxis(0, last, left, right, { most: Math.max(2, Math.floor(width / SPACE_PER_TICK.across)) });
    let [low, high] = rangeOf(
      lines.map(({ y }) => y),
      options.log,
    ) ?? [options.log ? 0.01 : 0, 1];
    if (options.log) [low, high] = [low / 1.15, high * 1.15];
    else if (options.share) high = 1;
    else [low, high] = [Math.min(0, low), topOf(lines, high) * 1.05 || 1];
    if (options.share && !options.log) low = Math.max(0, low - (1 - low) * 0.05);
    if (low === high) high = low + 1;
    const most = Math.max(2, Math.floor(height / SPACE_PER_TICK.up));
    return [across, makeAxis(low, high, height - BOTTOM, TOP, { log: options.log, most })];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Axis} across
   * @param {Axis} up
   * @param {{width: number, height: number, text: string, line: string, font: string}} look
   */
  function paintAxes(context, across, up, { width, height, text, line, font }) {
    context.font = font;
    context.fillStyle = text;
    context.strokeStyle = line;
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of up.ticks) {
      const y = Math.round(up.place(tick)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, y);
      context.lineTo(width - RIGHT, y);
      context.stroke();
      context.fillText(options.share ? `${formatNumber(100 * tick)} %` : formatNumber(tick), LEFT - 6, y);
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    const named = context.measureText(options.across).width + 12;
    for (const tick of across.ticks) {
      const x = across.place(tick);
      if (x < width - RIGHT - named) context.fillText(formatNumber(tick), x, height - 5);
    }
    context.textAlign = "right";
    context.fillText(options.across, width - RIGHT, height - 5);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Axis} across
   * @param {Axis} up
   * @param {number} width
   * @param {number} height
   */
  function paintPointed(context, across, up, width, height) {
    const found =
      pointed === null
        ? []
        : lines.flatMap((line) => {
            const index = nearest(line.x, /** @type {number} */ (pointed));
            return index < 0 ? [] : [{ line, index }];
          });
    note.hidden = found.length === 0;
    if (found.length === 0) return;
    const at = across.place(found[0].line.x[found[0].index]);
    for (const { line, index } of found) {
      context.fillStyle = line.color;
      context.beginPath();
      context.arc(across.place(line.x[index]), up.place(line.y[index]), 3.5, 0, 2 * Math.PI);
      context.fill();
    }
    const rows = found.map(({ line, index }) => {
      const value = options.share ? `${formatPercent(line.y[index])} %` : formatNumber(line.y[index]);
      const where = options.whole ? formatWhole(Math.round(line.x[index])) : formatNumber(line.x[index], 3);
      return `${line.name}: ${value} (${options.across} ${where})`;
    });
    write(note, rows.join("\n"));
    note.style.left = at > width / 2 ? "" : `${at + 10}px`;
    note.style.right = at > width / 2 ? `${width - at + 10}px` : "";
    note.style.bottom = `${height - (height - BOTTOM) + 8}px`;
  }

  return {
    element,
    /** @param {Line[]} newLines @param {Options} newOptions */
    show(newLines, newOptions) {
      lines = newLines;
      options = newOptions;
      paint();
    },
  };
}

/**
 * Top of a linear axis: the largest value, or, where a loss has exploded, only a few times the first one, below which
 * the rest would be a flat line.
 *
 * @param {Pick<Line, "y">[]} lines
 * @param {number} high largest value
 */
export function topOf(lines, high) {
  const first = Math.max(...lines.map(({ y }) => y[0]).filter(Number.isFinite));
  return first > 0 && high > EXPLODED * first ? SHOWN * first : high;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Line} line
 * @param {Axis} across
 * @param {Axis} up
 */
function paintLine(context, { x, y, color, style }, across, up) {
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = style === "thin" ? 1 : 2;
  context.globalAlpha = style === "thin" ? 0.4 : 1;
  context.setLineDash(style === "dashed" ? [5, 4] : []);
  context.lineJoin = "round";
  context.beginPath();
  let drawing = false;
  for (let index = 0; index < x.length; index++) {
    const high = up.place(y[index]);
    if (!Number.isFinite(high)) {
      drawing = false;
      continue;
    }
    if (drawing) context.lineTo(across.place(x[index]), high);
    else context.moveTo(across.place(x[index]), high);
    drawing = true;
  }
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (style !== "dots") return;
  for (let index = 0; index < x.length; index++) {
    context.beginPath();
    context.arc(across.place(x[index]), up.place(y[index]), 2.5, 0, 2 * Math.PI);
    context.fill();
  }
}
