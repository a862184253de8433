// State of a player: its current stop, and how it moves by itself; independent of the page.

/** @import { Action } from "./keys.js" */

export const EACH_MS = 900; // per stop, at normal speed
export const REST_MS = 300; // time without a move after which the player counts as resting

/**
 * @param {{shown: (stop: number) => void, playing: (on: boolean) => void, rested: (stop: number) => void, speed: () => number}} on
 */
export function makePlayer(on) {
  let count = 0;
  let stop = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let playTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let restTimer;

  /** @param {number} to */
  function go(to) {
    const next = Math.max(0, Math.min(count - 1, to));
    if (next === stop) return;
    stop = next;
    on.shown(stop);
    rest();
  }

  function rest() {
    clearTimeout(restTimer);
    if (!playTimer) restTimer = setTimeout(() => on.rested(stop), REST_MS);
  }

  function pause() {
    if (!playTimer) return;
    clearTimeout(playTimer);
    playTimer = undefined;
    on.playing(false);
    rest();
  }

  function play() {
    if (count < 2) return;
    clearTimeout(restTimer);
    playTimer = setTimeout(advance, EACH_MS / on.speed());
    on.playing(true);
    if (stop === count - 1) go(0);
  }

  function advance() {
    go(stop + 1);
    if (stop === count - 1) pause();
    else playTimer = setTimeout(advance, EACH_MS / on.speed());
  }

  /** @param {Action} action */
  function act(action) {
    if (action === "play") return playTimer ? pause() : play();
    pause();
    go({ first: 0, back: stop - 1, next: stop + 1, last: count - 1 }[action]);
  }

  return {
    act,
    /** Go to a stop that the visitor has chosen, which ends playing. @param {number} to */
    jump(to) {
      pause();
      go(to);
    },
    /** Start with a new recording. @param {number} stops @param {number} at */
    load(stops, at) {
      pause();
      clearTimeout(restTimer);
      count = stops;
      stop = Math.max(0, Math.min(count - 1, at));
      on.shown(stop);
    },
    /** Apply a change of the speed. */
    pace() {
      if (!playTimer) return;
      clearTimeout(playTimer);
      playTimer = setTimeout(advance, EACH_MS / on.speed());
    },
    stop: () => stop,
    close() {
      clearTimeout(playTimer);
      clearTimeout(restTimer);
    },
  };
}
