// State of a player: its position among the stops or between two of them, and how it moves by itself; independent of the page.

/** @import { Action } from "./keys.js" */

export const REST_MS = 300; // time without a move after which the player counts as resting
const MOVING = 0.75; // share of a stop's time while playing in which the picture changes

/**
 * @typedef {object} Position
 * @property {number} stop the nearer one, which is described
 * @property {number} from the stops that it is between
 * @property {number} to the same as `from` at a stop
 * @property {number} u share of the way, 0..1
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(step: () => void) => number} request call soon, before the next frame of the screen
 * @property {(handle: number) => void} cancel
 */

/** @type {Clock} */
const SCREEN = {
  now: () => performance.now(),
  request: (step) => requestAnimationFrame(step),
  cancel: (handle) => cancelAnimationFrame(handle),
};

/**
 * @param {object} on
 * @param {(position: Position) => void} on.shown
 * @param {(on: boolean) => void} on.playing
 * @param {(stop: number) => void} on.rested
 * @param {() => number} on.speed
 * @param {() => boolean} on.still true if nothing may move: then each position is a stop
 * @param {Clock} clock
 */
export function makePlayer(on, clock = SCREEN) {
  /** Milliseconds at normal speed to come to each stop. @type {number[]} */
  let spans = [0];
  /** Stops that playing leaves out. @type {boolean[]} */
  let passed = [false];
  let stop = 0;
  /** @type {Position} */
  let position = { stop: 0, from: 0, to: 0, u: 1 };
  /** The way that it is on: where to, and the share of it that is behind. @type {{from: number, to: number, back: boolean, done: number} | null} */
  let way = null;
  let playing = false;
  let began = 0;
  /** Handle of the next call. @type {number | null} */
  let next = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let restTimer;

  const last = () => spans.length - 1;

  /** @param {Position} to */
  function show(to) {
    position = to;
    on.shown(to);
  }

  /** Show a stop at once. @param {number} to */
  function settle(to) {
    halt();
    stop = to;
    show({ stop, from: stop, to: stop, u: 1 });
  }

  function halt() {
    if (next !== null) clock.cancel(next);
    next = way = null;
  }

  /** Move to a stop. @param {number} to @param {boolean} back true to run the way to this stop backwards */
  function glide(to, back) {
    halt();
    way = back ? { from: to, to: stop, back, done: 0 } : { from: stop, to, back, done: 0 };
    stop = to;
    if (on.still()) show({ stop, from: stop, to: stop, u: 1 });
    else show({ stop, from: way.from, to: way.to, u: back ? 1 : 0 });
    began = clock.now();
    next = clock.request(advance);
  }

  function advance() {
    next = null;
    if (!way) return;
    const now = clock.now();
    const span = spans[way.to] / on.speed();
    way.done = span > 0 ? Math.min(1, way.done + (now - began) / span) : 1;
    began = now;
    const share = playing ? Math.min(1, way.done / MOVING) : way.done;
    const u = way.back ? 1 - share : share;
    const arrived = way.done === 1;
    if (arrived && !playing) {
      settle(stop);
      return;
    }
    if (!on.still() && (position.u !== u || arrived)) show({ stop, from: way.from, to: way.to, u });
    if (!arrived) next = clock.request(advance);
    else if (stop === last()) pause();
    else glide(following(), false);
  }

  /** Next stop that playing shows. */
  function following() {
    const found = passed.findIndex((skip, index) => index > stop && !skip);
    return found < 0 ? last() : found;
  }

  function rest() {
    clearTimeout(restTimer);
    if (!playing) restTimer = setTimeout(() => on.rested(stop), REST_MS);
  }

  function pause() {
    if (!playing) return;
    playing = false;
    settle(stop);
    on.playing(false);
    rest();
  }

  function play() {
    if (last() < 1) return;
    clearTimeout(restTimer);
    playing = true;
    on.playing(true);
    if (stop === last()) settle(0);
    glide(following(), false);
  }

  /** @param {number} to */
  function jump(to) {
    const next = clamp(to);
    if (next !== stop || position.u < 1) settle(next);
    rest();
  }

  /** @param {number} to */
  function clamp(to) {
    return Math.max(0, Math.min(last(), to));
  }

  return {
    /** @param {Action} action */
    act(action) {
      if (action === "play") return playing ? pause() : play();
      pause();
      const to = clamp({ first: 0, back: stop - 1, next: stop + 1, last: last() }[action]);
      if (action === "first" || action === "last") jump(to);
      else if (to !== stop) {
        glide(to, action === "back");
        rest();
      }
    },
    /** Go to a stop that the visitor has chosen, which ends playing. @param {number} to */
    jump(to) {
      pause();
      jump(to);
    },
    /** Go to a position between stops, as by dragging a handle. @param {number} position of a stop, or between two */
    drag(position) {
      pause();
      halt();
      const [from, to] = [Math.floor(clamp(position)), Math.ceil(clamp(position))];
      stop = Math.round(clamp(position));
      if (from === to || on.still()) show({ stop, from: stop, to: stop, u: 1 });
      else show({ stop, from, to, u: clamp(position) - from });
      rest();
    },
    /** Come to rest at the nearer stop. */
    drop() {
      if (position.u < 1) settle(stop);
      rest();
    },
    /** Start with a new recording. @param {{spans: number[], passed: boolean[]}} course @param {number} at */
    load(course, at) {
      pause();
      clearTimeout(restTimer);
      ({ spans, passed } = course);
      settle(clamp(at));
    },
    stop: () => stop,
    close() {
      halt();
      clearTimeout(restTimer);
    },
  };
}
