// Choice of the pointer that draws: a pen takes precedence over fingers; palms and two-finger gestures draw nothing.

/** For this long after a pen was seen, touches are attributed to the hand that holds it. */
const PEN_MS = 10_000;

/** A touch wider than this, in CSS pixels, may be a palm. */
const PALM = 60;

/** A second finger starts a gesture if the first has moved less than this share of the pad. */
const GESTURE = 0.15;

/** A touch that stayed within this, as a share of the pad, is a dot. */
const DOT = 0.06;

/**
 * @typedef {"draw" | "replace" | "drop" | "ignore"} Decision "draw": draw with this pointer; "replace": the same, but
 *   discard the current stroke first; "drop": discard that stroke and draw nothing; "ignore": draw nothing.
 * @typedef {{pointerId: number, pointerType: string, width: number, height: number, timeStamp: number}} Pointer
 */

export function makePointers() {
  /** @type {Pointer | null} the one that draws */
  let drawing = null;
  /** Touches that are down. @type {Set<number>} */
  const fingers = new Set();
  /** True while the touches that are down belong to a gesture. */
  let gesture = false;
  let penSeen = -Infinity;

  return {
    /** Note a pen that hovers or draws. @param {Pointer} pointer */
    seen(pointer) {
      if (pointer.pointerType === "pen") penSeen = pointer.timeStamp;
    },

    /** @param {number} id @returns {boolean} whether this pointer draws */
    draws: (id) => drawing?.pointerId === id,

    /** True while a pointer draws. */
    isDrawing: () => drawing !== null,

    /**
     * @param {Pointer} pointer
     * @param {number} extent of the current stroke, as a share of the pad
     * @returns {Decision}
     */
    down(pointer, extent) {
      this.seen(pointer);
      if (pointer.pointerType === "touch") {
        fingers.add(pointer.pointerId);
        if (drawing?.pointerType === "touch" && extent < GESTURE) {
          drawing = null;
          gesture = true;
          return "drop";
        }
        if (gesture || pointer.timeStamp - penSeen < PEN_MS) return "ignore";
      }
      const palm = pointer.pointerType === "pen" && drawing?.pointerType === "touch";
      if (drawing !== null && !palm) return "ignore";
      return palm ? "replace" : "draw";
    },

    /** Note that this pointer's stroke has begun. @param {Pointer} pointer */
    take(pointer) {
      drawing = pointer;
    },

    /**
     * Handle a pointer that has left the pad.
     *
     * @param {Pointer} pointer
     * @param {number} extent of its stroke, as a share of the pad
     * @param {boolean} cancelled by the browser or the system, as a palm is
     * @returns {"keep" | "dot" | "drop"} what to do with its stroke; "dot": keep it, but it may turn out to be a palm's
     */
    up(pointer, extent, cancelled) {
      fingers.delete(pointer.pointerId);
      if (fingers.size === 0) gesture = false;
      const began = drawing;
      if (began?.pointerId !== pointer.pointerId) return "keep";
      drawing = null;
      if (began.pointerType !== "touch" || extent >= DOT) return "keep";
      const wide = Math.max(began.width, began.height, pointer.width, pointer.height) > PALM;
      return wide || cancelled ? "drop" : "dot";
    },

    /** Forget the pointer: its stroke has ended without it. */
    release() {
      drawing = null;
    },
  };
}
