import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { EACH_MS, makePlayer, REST_MS } from "../../playground/components/step_view/player.js";

/** Player with five stops, and a record of its calls. @param {number} at */
function open(at = 0) {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {(string | number)[]} */
  const told = [];
  let speed = 1;
  const player = makePlayer({
    shown: (stop) => told.push(stop),
    playing: (on) => told.push(on ? "plays" : "pauses"),
    rested: (stop) => told.push(`rests at ${stop}`),
    speed: () => speed,
  });
  player.load(5, at);
  return {
    player,
    told,
    take: () => told.splice(0),
    /** @param {number} times */
    setSpeed(times) {
      speed = times;
      player.pace();
    },
  };
}

test("it rests where nothing has moved for a while, once", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take } = open();
  assert.deepEqual(take(), [0]);
  player.act("next");
  mock.timers.tick(REST_MS - 1);
  player.act("next");
  mock.timers.tick(REST_MS - 1);
  assert.deepEqual(take(), [1, 2]);
  mock.timers.tick(1);
  assert.deepEqual(take(), ["rests at 2"]);
  mock.timers.tick(10 * REST_MS);
  assert.deepEqual(take(), []);
});

test("it plays to the end, pauses there and rests", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take } = open(2);
  take();
  player.act("play");
  mock.timers.tick(EACH_MS);
  assert.deepEqual(take(), ["plays", 3]);
  mock.timers.tick(EACH_MS);
  assert.deepEqual(take(), [4, "pauses"]);
  mock.timers.tick(10 * EACH_MS);
  assert.deepEqual(take(), ["rests at 4"]);
  player.act("play");
  assert.deepEqual(take(), ["plays", 0], "from the beginning again");
});

test("a step, a jump and a new recording end playing", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take } = open();
  for (const [stop, end] of /** @type {[number, () => void][]} */ ([
    [1, () => player.act("next")],
    [3, () => player.jump(3)],
    [0, () => player.load(9, 0)],
  ])) {
    take();
    player.act("play");
    end();
    assert.deepEqual(
      take().filter((one) => typeof one === "string"),
      ["plays", "pauses"],
    );
    assert.equal(player.stop(), stop);
    mock.timers.tick(10 * EACH_MS);
    assert.equal(player.stop(), stop);
  }
});

test("another speed counts at once", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take, setSpeed } = open();
  player.act("play");
  setSpeed(2);
  take();
  mock.timers.tick(EACH_MS / 2);
  assert.deepEqual(take(), [1]);
});

test("it stays among its stops", (t) => {
  t.after(() => mock.timers.reset());
  const { player } = open(99);
  assert.equal(player.stop(), 4);
  player.act("next");
  assert.equal(player.stop(), 4);
  player.act("first");
  player.act("back");
  assert.equal(player.stop(), 0);
  player.act("last");
  player.jump(-3);
  assert.equal(player.stop(), 0);
  player.load(1, 0);
  player.act("play");
  mock.timers.tick(10 * EACH_MS);
  assert.equal(player.stop(), 0);
});

test("after close it tells nothing", (t) => {
  t.after(() => mock.timers.reset());
  const { player, take } = open();
  player.act("next");
  player.close();
  take();
  mock.timers.tick(10 * EACH_MS);
  assert.deepEqual(take(), []);
});
