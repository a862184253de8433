// One pad on the page: the drawing, and how pointer, keyboard and Python change it.

/** @import { Palette } from "../shared/colors.js" */
/** @import { Component, Words } from "../shared/types.js" */
/** @import { Base, History, Limits, Stroke } from "./sheet.js" */
import { themeOf } from "../shared/colors.js";
import { fill, write } from "../shared/dom.js";
import { makeLeaving } from "../shared/leaving.js";
import { arrivals } from "../shared/mount.js";
import { paintSheet, paintStroke } from "./brush.js";
import { makeChoice } from "./choice.js";
import { choose, chosen, enable, findControls, nameControls } from "./controls.js";
import { makeDemonstration } from "./demonstration.js";
import { makeFastPath } from "./fast_path.js";
import { recall, remember } from "./memory.js";
import { firstFile, isForText, isForUploader, shrunk, toBase64 } from "./picture_source.js";
import { makePointers } from "./pointers.js";
import { makeSender } from "./sender.js";
import {
  addPoint,
  commit,
  countPoints,
  EMPTY_SHEET,
  extentOf,
  groundOf,
  isBlank,
  isOpening,
  readBase,
  redo,
  toDocument,
  undo,
  withStroke,
} from "./sheet.js";

/**
 * @typedef {object} PadData
 * @property {string} storage name under which this tab keeps the drawing
 * @property {number} revision number of the last drawing that Python has read
 * @property {string} session identifies the server's session: a new one after a restart
 * @property {string | null} ticket name of the classifier on the fast path, null if there is no fast path
 * @property {boolean} large whether the network is too large for the fast path
 * @property {Base | null} base put on the pad when its id is new
 * @property {number[] | null} opening points of the stroke with which a visit opens, null once it is over
 * @property {{id: string, message: string} | null} error shown when its id is new
 * @property {{id: string, digits: Base[]} | null} choice digits to choose one from, shown when its id is new
 * @property {Limits & {bytes: number, picture_side: number}} limits
 * @property {Words} text
 * @property {Palette} palette
 */

/** When the pen has rested this long, a drawing sent over the fast path goes through Streamlit as well. */
const REST_MS = 120;

/** A finger's dot that ended less than this before the pen touched down was made by the hand that holds the pen. */
const BEFORE_PEN_MS = 1000;

/** Time limit for a picture to be sent and read: a base, and additional time for each byte. */
const PICTURE_MS = 30_000;
/** Time until the picture is sent again: a run of the page that another one ends loses it. */
const AGAIN_MS = 4000;
const PICTURE_MS_PER_BYTE = 0.02;

/** Events by which a visitor begins to do something. */
const TOUCHES = ["pointerdown", "keydown", "wheel", "paste", "drop"];

/** Share of the pad by which a key press moves the keyboard's pen; with Shift, four times as much. */
const KEY_STEP = 0.02;

/**
 * @param {ParentNode} parent
 * @param {() => Component<PadData>} component returns the latest values from Streamlit
 */
export function makePad(parent, component) {
  const controls = findControls(parent);
  const { canvas, sheet: square, ring } = controls;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  /** @returns {PadData} */
  const data = () => component().data;

  const kept = recall(data().storage, data().limits);
  const { sheet, seen } = kept;
  /** @type {History} */
  let history = { past: [], sheet: sheet ?? EMPTY_SHEET, future: [] };
  /** @type {Stroke | null} */
  let stroke = null;
  /** Sheet under that stroke. */
  let ground = history.sheet;
  /** Number of points in the finished strokes. */
  let points = countPoints(history.sheet);
  const pointers = makePointers();
  /** Last dot made by a finger: the resulting history and the time. */
  let dot = { history, at: -Infinity };
  let pen = { x: 0.5, y: 0.5 };
  /** Number of the last request; from a random one, because the server remembers those of an earlier pad. */
  let events = Math.floor(Math.random() * 2 ** 40);
  let colors = { ink: "", paper: "" };

  let { session } = data();
  let rest = 0;
  /** Timers for a picture that is being sent: to send it again, and to give up. */
  let again = 0;
  let busy = 0;
  /** True once Streamlit has run the script with this pad. */
  let placed = false;
  /** Points of the stroke with which the visit has opened. @type {number[] | null} */
  let opening = null;
  /** @type {ReturnType<typeof makeDemonstration> | null} */
  let demonstration = null;
  /** @type {DOMRect | null} of the canvas, measured again after anything that may move it */
  let box = null;

  const sender = makeSender(
    (revision) => {
      canvas.dataset.seq = String(revision);
      if (fastPath.isOpen()) {
        fastPath.send(revision, toDocument(current(), revision));
        keepSoon(revision);
      } else if (leaving.held()) {
        keepSoon(revision);
      } else {
        keep(revision);
      }
    },
    (silent) => complain(silent ? data().text.no_answer : ""),
    Math.max(kept.revision, data().revision),
  );
  /** Number of the last drawing that was given to Streamlit. */
  let given = sender.revision();
  const fastPath = makeFastPath(sender.acknowledged, sender.lost, sayWhetherSlow);

  function sayWhetherSlow() {
    const { large, text } = data();
    controls.slow.hidden = !fastPath.isAbsent();
    write(controls.slow, large ? text.slow_large : text.slow);
    controls.slow.title = large ? "" : text.slow_title;
  }

  /** Give the drawing to Streamlit, which keeps it for the other pages and for a reload. @param {number} revision */
  function keep(revision) {
    clearTimeout(rest);
    given = revision;
    component().setStateValue("drawing", toDocument(current(), revision));
  }

  /** @param {number} revision */
  function keepSoon(revision) {
    clearTimeout(rest);
    rest = window.setTimeout(
      () => (stroke || leaving.held() ? keepSoon(revision) : keep(revision)),
      REST_MS + leaving.held(),
    );
  }

  const leaving = makeLeaving();

  /** Give a drawing to Streamlit that waits for the pen to rest, before a click elsewhere that may be about it. */
  const onClickElsewhere = (/** @type {MouseEvent} */ event) => {
    const ready = placed && !stroke && !leaving.held();
    if (ready && given !== sender.revision() && !event.composedPath().includes(controls.root)) keep(sender.revision());
  };
  window.addEventListener("click", onClickElsewhere, true);

  const choice = makeChoice(controls.several, (base) => {
    end();
    become(commit(history, { base, strokes: [] }));
  });

  /** Sheet with the stroke that is being drawn. */
  const current = () => (stroke ? withStroke(ground, stroke) : history.sheet);

  function paint() {
    const { ink, accent } = data().palette[themeOf(controls.root)];
    colors = { paper: ink[0], ink: ink[1] };
    controls.root.style.setProperty("--paper", colors.paper);
    controls.root.style.setProperty("--accent", accent);
    paintSheet(context, current(), colors);
    choice.paint(colors.ink);
  }

  function resize() {
    const side = Math.round(canvas.clientWidth * window.devicePixelRatio);
    if (side === 0 || (side === canvas.width && side === canvas.height)) return; // a new one isn't square
    canvas.width = side;
    canvas.height = side;
    paint();
  }

  /** Update everything around the canvas that depends on the drawing. */
  function refresh() {
    const blank = isBlank(current());
    controls.hint.hidden = !blank;
    const example = isOpening(current(), opening) ? data().text.example : "";
    write(controls.caption, current().base?.caption ?? example);
    enable(controls.button("undo"), history.past.length > 0);
    enable(controls.button("redo"), history.future.length > 0);
    enable(controls.button("clear"), !blank);
  }

  /** @param {History} next */
  function become(next) {
    if (next === history) return;
    history = next;
    points = countPoints(history.sheet);
    settle();
    paint();
  }

  function settle() {
    refresh();
    change();
  }

  /** Number the drawing anew, keep it and send it: other pages compare the number with the last one Python read. */
  function change() {
    sender.changed();
    remember(data().storage, { sheet: current(), seen, revision: sender.revision() });
  }

  /** @param {string} message */
  function complain(message) {
    clearInterval(again);
    clearTimeout(busy);
    controls.root.removeAttribute("aria-busy");
    choice.hide();
    controls.error.textContent = message;
  }

  /** @param {number} x @param {number} y @param {boolean} erase */
  function begin(x, y, erase) {
    const { limits, text } = data();
    if (history.sheet.strokes.length >= limits.strokes || points >= limits.points) {
      complain(text.full);
      return false;
    }
    complain("");
    stroke = { tool: erase ? "eraser" : "pen", width: Number(chosen(controls, "width")), points: [] };
    addPoint(stroke, x, y);
    ground = groundOf(history.sheet, erase, opening);
    if (ground === history.sheet) paintStroke(context, stroke, 0, colors);
    else paint();
    refresh();
    return true;
  }

  /** @param {number[][]} path @param {boolean} last */
  function extend(path, last = false) {
    if (!stroke) return;
    const from = stroke.points.length / 2;
    const room = data().limits.points - points;
    for (const [x, y] of path) {
      if (stroke.points.length / 2 >= room) {
        complain(data().text.full);
        break;
      }
      addPoint(stroke, x, y, last);
    }
    if (stroke.points.length / 2 === from) return;
    paintStroke(context, stroke, from, colors);
    sender.changed();
  }

  function end() {
    pointers.release();
    if (!stroke) return;
    points += stroke.points.length / 2;
    history = commit(history, current());
    stroke = null;
    settle();
  }

  /** Discard the stroke that is being drawn. */
  function discard() {
    pointers.release();
    if (!stroke) return;
    stroke = null;
    paint();
    settle();
  }

  /** Draw a stroke as if by hand, until the visitor touches the page. @param {number[]} points */
  function demonstrate(points) {
    opening = points;
    demonstration = makeDemonstration(points, {
      begin: (x, y) => {
        square.dataset.by = "itself";
        moveRing(x, y);
        return begin(x, y, false);
      },
      extend: (path) => {
        extend(path);
        moveRing(path[path.length - 1][0], path[path.length - 1][1]);
      },
      end: () => {
        delete square.dataset.by;
        end();
        history = { ...history, past: [] }; // nothing of it is the visitor's, to be undone
        refresh();
      },
      discard: () => {
        delete square.dataset.by;
        discard();
      },
    });
  }

  /** @param {MouseEvent} event @returns {number[]} */
  function place(event) {
    box ??= canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  // Streamlit loses a value that is sent while it loads a component: resend the drawing whenever one mounts.
  const onArrival = () => placed && !stroke && change();
  arrivals.addEventListener("arrival", onArrival);

  const forgetBox = () => (box = null);
  window.addEventListener("scroll", forgetBox, { capture: true, passive: true });
  window.addEventListener("resize", forgetBox, { passive: true });

  /** @param {number} x @param {number} y */
  function moveRing(x, y) {
    ring.style.setProperty("--x", String(x));
    ring.style.setProperty("--y", String(y));
    ring.style.setProperty("--width", chosen(controls, "width"));
  }

  // A touch of the pad makes room for the visitor's own stroke; one elsewhere leaves the whole one.
  const onTouch = (/** @type {Event} */ event) => {
    if (!demonstration || demonstration.isOver()) return;
    if (event.composedPath().includes(controls.root)) demonstration.cancel();
    else demonstration.finish();
  };
  for (const touch of TOUCHES) window.addEventListener(touch, onTouch, { capture: true, passive: true });

  canvas.onpointerdown = (event) => {
    // Button 5 is the eraser end of a pen.
    if (event.button !== 0 && event.button !== 5) return;
    const decision = pointers.down(event, stroke ? extentOf(stroke) : Infinity);
    if (decision === "ignore") return;
    if (decision !== "draw") discard();
    if (decision === "drop") return;
    end();
    if (event.pointerType === "pen" && history === dot.history && event.timeStamp - dot.at < BEFORE_PEN_MS) {
      become(undo(history));
    }
    forgetBox();
    square.dataset.by = event.pointerType;
    const [x, y] = place(event);
    moveRing(x, y);
    if (!begin(x, y, event.button === 5 || chosen(controls, "tool") === "eraser")) return;
    pointers.take(event);
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    pointers.seen(event);
    const draws = pointers.draws(event.pointerId);
    if (draws || (!pointers.isDrawing() && event.pointerType !== "touch")) {
      square.dataset.by = event.pointerType;
      const [x, y] = place(event);
      moveRing(x, y);
    }
    if (!draws) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    extend((coalesced.length > 0 ? coalesced : [event]).map(place));
  };

  /** @param {PointerEvent} event @param {boolean} cancelled */
  function lift(event, cancelled) {
    const draws = pointers.draws(event.pointerId);
    const fate = pointers.up(event, stroke ? extentOf(stroke) : Infinity, cancelled);
    if (!draws) return;
    if (fate === "drop") {
      discard();
      return;
    }
    end();
    if (fate === "dot") dot = { history, at: event.timeStamp };
  }
  canvas.onpointerup = (event) => {
    if (pointers.draws(event.pointerId)) extend([place(event)], true);
    lift(event, false);
  };
  // A cancelled or lost pointer keeps its stroke, except for a finger's dot: systems cancel the touches of palms.
  canvas.onpointercancel = canvas.onlostpointercapture = (event) => lift(event, true);
  // Finish a stroke that is under way at Back, at a reload, or when the tab is closed.
  window.addEventListener("pagehide", end);
  canvas.oncontextmenu = (event) => {
    if (pointers.isDrawing()) event.preventDefault();
  };

  const actions = {
    undo: () => become(undo(history)),
    redo: () => become(redo(history)),
    clear: () => {
      complain("");
      if (!isBlank(history.sheet)) become(commit(history, EMPTY_SHEET));
    },
    random: () => askFor(false),
    hard: () => askFor(true),
    upload: () => controls.file.click(),
  };

  /** Ask for a random digit of the chosen class. @param {boolean} hard true for one that the network finds hard */
  function askFor(hard) {
    complain("");
    const { value } = controls.digit;
    events += 1;
    component().setTriggerValue("random", { digit: value === "" ? null : Number(value), hard, n: events });
  }

  /** @param {string} key of a key press @returns {(() => void) | null} */
  function shortcut(key) {
    if (key === "Delete" || key === "Backspace") return actions.clear;
    if (key === "p" || key === "P") return () => choose(controls, "tool", "pen");
    if (key === "e" || key === "E") return () => choose(controls, "tool", "eraser");
    if (key === "Escape" && stroke) return liftPen;
    if (key === " " || key === "Enter") return () => (stroke ? liftPen() : lowerPen());
    return null;
  }

  function lowerPen() {
    if (begin(pen.x, pen.y, chosen(controls, "tool") === "eraser")) controls.said.textContent = data().text.pen_down;
  }

  function liftPen() {
    end();
    controls.said.textContent = data().text.pen_up;
  }

  /** @param {KeyboardEvent} event */
  function moveByKey(event) {
    const step = KEY_STEP * (event.shiftKey ? 4 : 1);
    const across = { ArrowLeft: -step, ArrowRight: step }[event.key] ?? 0;
    const down = { ArrowUp: -step, ArrowDown: step }[event.key] ?? 0;
    if (across === 0 && down === 0) return false;
    square.dataset.by = "keyboard";
    pen = { x: Math.min(Math.max(pen.x + across, 0), 1), y: Math.min(Math.max(pen.y + down, 0), 1) };
    moveRing(pen.x, pen.y);
    extend([[pen.x, pen.y]]);
    return true;
  }

  controls.root.onkeydown = (event) => {
    if (pointers.isDrawing() || event.altKey) return;
    const onCanvas = event.composedPath()[0] === canvas;
    const key = event.key.toLowerCase();
    let done = false;
    if (event.ctrlKey || event.metaKey) {
      const action = key === "y" || (key === "z" && event.shiftKey) ? actions.redo : key === "z" ? actions.undo : null;
      if (action) {
        end();
        action();
        done = true;
      }
    } else if (onCanvas) {
      const action = shortcut(event.key);
      if (action && !event.repeat) action();
      done = action !== null || moveByKey(event);
    }
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };
  canvas.onfocus = () => {
    if (!canvas.matches(":focus-visible")) return;
    square.dataset.by = "keyboard";
    moveRing(pen.x, pen.y);
  };
  canvas.onblur = () => {
    if (!pointers.isDrawing()) end();
    delete square.dataset.by;
  };
  controls.root.onclick = (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.tool) choose(controls, "tool", button.dataset.tool);
    if (button?.dataset.width) choose(controls, "width", button.dataset.width);
    const action = button && actions[/** @type {keyof typeof actions} */ (button.dataset.do)];
    if (!action || button.getAttribute("aria-disabled") === "true") return;
    end();
    action();
  };

  /** @param {File | null} file */
  async function sendPicture(file) {
    if (!file) return;
    complain("");
    const { limits, text } = data();
    controls.root.setAttribute("aria-busy", "true");
    try {
      const picture = await shrunk(file, limits.picture_side);
      if (picture.size > limits.bytes) {
        complain(fill(text.too_large, { limit: Math.floor(limits.bytes / 1e6) }));
        return;
      }
      const base64 = await toBase64(picture);
      clearInterval(again);
      clearTimeout(busy);
      events += 1;
      const message = { data: base64, n: events };
      const send = () => component().setTriggerValue("picture", message);
      const longer = PICTURE_MS_PER_BYTE * picture.size;
      again = window.setInterval(send, AGAIN_MS + longer);
      busy = window.setTimeout(loseUpload, PICTURE_MS + longer);
      send();
    } catch {
      complain(text.unreadable);
    }
  }

  /** Give up waiting for a picture: no answer will come. */
  function loseUpload() {
    if (controls.root.hasAttribute("aria-busy")) complain(data().text.lost);
  }
  window.addEventListener("offline", loseUpload);

  controls.file.onchange = () => {
    sendPicture(controls.file.files?.[0] ?? null);
    controls.file.value = "";
  };
  // Accept drops anywhere on the page: beside the pad, a dropped picture would otherwise replace the page.
  const onDragOver = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files") || isForUploader(event)) {
      delete square.dataset.drop;
      return;
    }
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    square.dataset.drop = "";
  };
  const onDragLeave = (/** @type {DragEvent} */ event) => {
    if (event.relatedTarget === null) delete square.dataset.drop;
  };
  const onDrop = (/** @type {DragEvent} */ event) => {
    delete square.dataset.drop;
    const file = firstFile(event.dataTransfer);
    if (!file || isForUploader(event)) return;
    event.preventDefault();
    sendPicture(file);
  };
  document.addEventListener("dragover", onDragOver);
  document.addEventListener("dragleave", onDragLeave);
  document.addEventListener("drop", onDrop);
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const file = firstFile(event.clipboardData);
    if (!file || isForText(event)) return;
    event.preventDefault();
    sendPicture(file);
  };
  document.addEventListener("paste", onPaste);
  const observer = new ResizeObserver(resize);
  observer.observe(canvas);

  /** @param {string} id @returns {boolean} true if this id is new to the tab */
  function isNews(id) {
    if (seen.includes(id)) return false;
    seen.push(id);
    return true;
  }

  nameControls(controls, data().text);

  return {
    /** Show the latest values, after Streamlit has run the script or changed the theme. */
    update() {
      forgetBox();
      fastPath.show(data().ticket);
      sayWhetherSlow();
      if (session !== data().session) {
        sender.lost();
        loseUpload(); // the picture went to the earlier session
      }
      session = data().session;
      sender.acknowledged(data().revision);
      if (stroke) return; // the rest waits until the pen is lifted
      const base = readBase(data().base, data().limits);
      const { choice: offer, error } = data();
      if (error && isNews(error.id)) complain(error.message);
      if (base && isNews(base.id) && !(base.example && sheet && !placed)) {
        complain("");
        end();
        become(placed || sheet ? commit(history, { base, strokes: [] }) : { ...history, sheet: { base, strokes: [] } });
        const { opening: points } = data();
        if (base.example && points && !placed && !matchMedia("(prefers-reduced-motion: reduce)").matches)
          demonstrate(points);
      } else if (!placed) {
        settle();
      } else {
        sender.agree(data().revision);
      }
      if (offer && isNews(offer.id)) {
        const digits = offer.digits.map((digit) => readBase(digit, data().limits));
        complain("");
        choice.show(
          digits.filter((digit) => digit !== null),
          data().text,
          colors.ink,
        );
      }
      if (!demonstration) opening = data().opening;
      placed = true;
      resize();
      paint();
      refresh();
    },
    remove() {
      demonstration?.finish();
      for (const touch of TOUCHES) window.removeEventListener(touch, onTouch, { capture: true });
      if (stroke) remember(data().storage, { sheet: current(), seen, revision: sender.revision() + 1 }); // Back during a stroke
      window.removeEventListener("pagehide", end);
      window.removeEventListener("click", onClickElsewhere, true);
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("dragover", onDragOver);
      document.removeEventListener("dragleave", onDragLeave);
      document.removeEventListener("drop", onDrop);
      window.removeEventListener("offline", loseUpload);
      clearInterval(again);
      clearTimeout(busy);
      arrivals.removeEventListener("arrival", onArrival);
      window.removeEventListener("scroll", forgetBox, { capture: true });
      window.removeEventListener("resize", forgetBox);
      observer.disconnect();
      clearTimeout(rest);
      leaving.close();
      fastPath.close();
      sender.stop();
    },
  };
}
