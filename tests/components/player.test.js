import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makePlayer, REST_MS } from "../../playground/components/step_view/player.js";

const EACH = 1000;
const TICK = 16; // milliseconds between two frames of the screen

/** Player with five stops, and a record of its calls. @param {number} at @param {{still?: boolean, passed?: boolean[]}} options */
function open(at = 0, { still = false, passed = [false, false, false, false, false] } = {}) {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  /** @type {Map<number, () => void>} */
  const due = new Map();
  let handles = 0;
  const clock = {
    now: () => now,
    request: (/** @type {() => void} */ step) => {
      due.set(++handles, step);
      return handles;
    },
    cancel: (/** @type {number} */ handle) => void due.delete(handle),
  };
  /** @type {(string | number)[]} */
  const told = [];
  /** @type {{stop: number, from: number, to: number, u: number}[]} */
  const places = [];
  let speed = 1;
  const player = makePlayer(
    {
      shown: (place) => {
        if (place.stop !== places.at(-1)?.stop) told.push(place.stop);
        places.push(place);
      },
      playing: (on) => told.push(on ? "plays" : "pauses"),
      rested: (stop) => told.push(`rests at ${stop}`),
      speed: () => speed,
      still: () => still,
    },
    clock,
  );
  player.load({ spans: Array(5).fill(EACH), passed }, at);
  return {
    player,
    told,
    places,
    take: () => told.splice(0),
    /** Let time pass. @param {number} milliseconds */
    wait(milliseconds) {
      const end = now + milliseconds;
      while (now < end) {
        const step = Math.min(TICK, end - now);
        now += step;
        mock.timers.tick(step);
        const steps = [...due.values()];
        due.clear();
        for (const one of steps) one();
      }
    },
    /** @param {number} times */
    setSpeed(times) {
      speed = times;
    },
  };
}

test("it rests where nothing has moved for a while, once", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait } = open();
  assert.deepEqual(take(), [0]);
  player.act("next");
  wait(REST_MS - 20);
  player.act("next");
  wait(REST_MS - 20);
  assert.deepEqual(take(), [1, 2]);
  wait(40);
  assert.deepEqual(take(), ["rests at 2"]);
  wait(10 * REST_MS);
  assert.deepEqual(take(), []);
});

test("it plays to the end, pauses there and rests", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait } = open(2);
  take();
  player.act("play");
  assert.deepEqual(take(), ["plays", 3], "what comes is described while it comes");
  wait(EACH + TICK);
  assert.deepEqual(take(), [4]);
  wait(EACH + TICK);
  assert.deepEqual(take(), ["pauses"]);
  wait(2 * REST_MS);
  assert.deepEqual(take(), ["rests at 4"]);
  player.act("play");
  assert.deepEqual(take(), ["plays", 0, 1], "from the beginning again");
});

test("the share of a way rises from 0 to 1, and falls on the way back", (t) => {
  t.after(() => mock.timers.reset());
  const { player, places, wait } = open(2);
  for (const [action, from, to, sign] of /** @type {["next" | "back", number, number, number][]} */ ([
    ["next", 2, 3, 1],
    ["back", 2, 3, -1],
  ])) {
    places.length = 0;
    player.act(action);
    wait(2 * EACH);
    const between = places.slice(0, -1);
    assert.ok(between.length > 10);
    assert.ok(between.every((place) => place.from === from && place.to === to));
    assert.ok(between.every(({ u }, index) => index === 0 || sign * (u - between[index - 1].u) > 0));
    assert.equal(between[0].u, sign > 0 ? 0 : 1);
    assert.equal(places.at(-1)?.u, 1);
    assert.equal(places.at(-1)?.from, places.at(-1)?.to);
  }
});

test("playing leaves out stops that show nothing new, and steps by hand do not", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait } = open(0, { passed: [false, true, true, false, false] });
  take();
  player.act("play");
  assert.deepEqual(take(), ["plays", 3]);
  wait(EACH + TICK);
  assert.deepEqual(take(), [4]);
  player.act("first");
  take();
  player.act("next");
  assert.deepEqual(take(), [1]);
});

test("a handle is dragged to any place, and let go it comes to the nearer stop", (t) => {
  t.after(() => mock.timers.reset());
  const { player, places, take, wait } = open(0);
  take();
  player.drag(1.75);
  assert.deepEqual(places.at(-1), { stop: 2, from: 1, to: 2, u: 0.75 });
  player.drag(3.25);
  assert.deepEqual(places.at(-1), { stop: 3, from: 3, to: 4, u: 0.25 });
  player.drop();
  assert.deepEqual(places.at(-1), { stop: 3, from: 3, to: 3, u: 1 });
  player.drag(99);
  assert.deepEqual(places.at(-1), { stop: 4, from: 4, to: 4, u: 1 });
  wait(2 * REST_MS);
  assert.deepEqual(take(), [2, 3, 4, "rests at 4"]);
});

test("where nothing may move, each place is a stop, and playing goes on at its pace", (t) => {
  t.after(() => mock.timers.reset());
  const { player, places, take, wait } = open(0, { still: true });
  take();
  player.act("play");
  wait(EACH + TICK);
  player.act("next");
  player.drag(3.6);
  wait(EACH);
  assert.ok(places.every(({ from, to, u }) => from === to && u === 1));
  assert.deepEqual(take(), ["plays", 1, 2, "pauses", 3, 4, "rests at 4"]);
});

test("a step, a jump and a new recording end playing", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait } = open();
  const course = { spans: Array(9).fill(EACH), passed: Array(9).fill(false) };
  for (const [stop, end] of /** @type {[number, () => void][]} */ ([
    [2, () => player.act("next")],
    [3, () => player.jump(3)],
    [0, () => player.load(course, 0)],
  ])) {
    take();
    player.act("play");
    end();
    assert.deepEqual(
      take().filter((one) => typeof one === "string"),
      ["plays", "pauses"],
    );
    assert.equal(player.stop(), stop);
    wait(3 * EACH);
    assert.equal(player.stop(), stop);
  }
});

test("another speed counts at once", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait, setSpeed } = open();
  player.act("play");
  setSpeed(2);
  take();
  wait(EACH / 2 + TICK);
  assert.deepEqual(take(), [2]);
});

test("it stays among its stops", (t) => {
  t.after(() => mock.timers.reset());
  const { player, wait } = open(99);
  assert.equal(player.stop(), 4);
  player.act("next");
  assert.equal(player.stop(), 4);
  player.act("first");
  player.act("back");
  assert.equal(player.stop(), 0);
  player.act("last");
  player.jump(-3);
  assert.equal(player.stop(), 0);
  player.load({ spans: [EACH], passed: [false] }, 0);
  player.act("play");
  wait(3 * EACH);
  assert.equal(player.stop(), 0);
});

test("after close it tells nothing", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, wait } = open();
  player.act("next");
  player.close();
  take();
  wait(3 * EACH);
  assert.deepEqual(take(), []);
});
