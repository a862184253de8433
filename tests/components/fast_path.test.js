import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makeFastPath } from "../../playground/components/drawing_pad/fast_path.js";

/** Fake WebSocket without a network. */
class Socket {
  static OPEN = 1;
  /** @type {Socket[]} */
  static all = [];
  readyState = 0;
  /** @type {string[]} */
  sent = [];
  /** @type {(() => void) | null} */
  onclose = null;
  /** @type {((event: {data: ArrayBuffer}) => void) | null} */
  onmessage = null;

  /** @param {URL} address */
  constructor(address) {
    this.address = address.href;
    Socket.all.push(this);
  }

  /** @param {string} message */
  send(message) {
    this.sent.push(message);
  }

  close() {
    this.lose();
  }

  lose() {
    this.readyState = 3;
    this.onclose?.();
  }

  /** @param {object} values */
  answer(values) {
    const header = Buffer.from(JSON.stringify([values, {}]));
    const block = Buffer.concat([Buffer.alloc(4), header, Buffer.alloc(-header.length & 3, " ")]);
    block.writeUInt32LE(block.length - 4);
    this.onmessage?.({ data: Uint8Array.from(block).buffer });
  }
}

/** @param {import("node:test").TestContext} t */
function open(t) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const page = Object.assign(new EventTarget(), { setTimeout });
  const shown = Object.assign(new EventTarget(), { baseURI: "https://school.example/cnn/step", hidden: false });
  Object.assign(globalThis, { WebSocket: Socket, window: page, document: shown });
  Socket.all = [];
  const [answered, lost, changed] = [mock.fn(), mock.fn(), mock.fn()];
  return { path: makeFastPath(answered, lost, changed), answered, lost, changed, page, shown };
}

test("it connects beside the page, and sends the drawing with the ticket", (t) => {
  const { path, answered } = open(t);
  path.show("ticket");
  const [socket] = Socket.all;
  assert.equal(socket.address, "wss://school.example/cnn/live");
  assert.ok(!path.isOpen() && !path.isAbsent());
  socket.readyState = Socket.OPEN;
  assert.ok(path.isOpen());
  path.send(4, { strokes: [] });
  assert.deepEqual(JSON.parse(socket.sent[0]), { ticket: "ticket", revision: 4, drawing: { strokes: [] } });
  socket.answer({ revision: 4, ticket: "ticket" });
  assert.deepEqual(
    answered.mock.calls.map((call) => call.arguments),
    [[4]],
  );
});

test("a drawing that can't be answered closes it until Streamlit shows a board again", (t) => {
  const { path, lost } = open(t);
  path.show("old");
  Socket.all[0].readyState = Socket.OPEN;
  Socket.all[0].answer({ revision: null });
  assert.equal(lost.mock.callCount(), 1);
  assert.ok(!path.isOpen());
  path.show("new");
  assert.ok(path.isOpen());
  assert.equal(Socket.all.length, 1);
});

test("after three connections that broke, Streamlit gets every drawing, and further tries wait longer each time", (t) => {
  const { path, lost, changed } = open(t);
  for (let turn = 1; turn <= 3; turn++) {
    path.show("ticket");
    Socket.all[Socket.all.length - 1].lose();
    assert.equal(lost.mock.callCount(), turn);
    assert.equal(path.isAbsent(), turn === 3);
  }
  path.show("ticket");
  assert.equal(Socket.all.length, 3);
  for (const minutes of [1, 2, 4, 8, 8]) {
    const before = /** @type {number} */ (Socket.all.length);
    mock.timers.tick(minutes * 60_000 - 1);
    assert.equal(Socket.all.length, before);
    mock.timers.tick(minutes * 15_000 + 1);
    assert.equal(Socket.all.length, before + 1);
    Socket.all[before].lose();
  }
  assert.equal(changed.mock.callCount(), 8);
});

test("a tab that is seen or online again tries at once, a hidden one doesn't", (t) => {
  const { path, page, shown } = open(t);
  for (let turn = 1; turn <= 3; turn++) {
    path.show("ticket");
    Socket.all[Socket.all.length - 1].lose();
  }
  shown.hidden = true;
  page.dispatchEvent(new Event("online"));
  mock.timers.tick(100_000);
  assert.equal(Socket.all.length, 3);
  shown.hidden = false;
  shown.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Socket.all.length, 4);
  page.dispatchEvent(new Event("online"));
  assert.equal(Socket.all.length, 4, "there is one already");
  path.close();
  page.dispatchEvent(new Event("online"));
  mock.timers.tick(10_000_000);
  assert.equal(Socket.all.length, 4);
});

test("an answer gives the connection its three tries back", (t) => {
  const { path } = open(t);
  for (let turn = 0; turn < 7; turn++) {
    path.show("ticket");
    const socket = Socket.all[Socket.all.length - 1];
    socket.readyState = Socket.OPEN;
    socket.answer({ revision: turn, ticket: "ticket" });
    socket.lose();
  }
  assert.equal(Socket.all.length, 7);
});

test("without a ticket there is none, and a closed pad hears of no loss", (t) => {
  const { path, lost } = open(t);
  path.show(null);
  assert.ok(path.isAbsent());
  assert.equal(Socket.all.length, 0);
  path.show("ticket");
  path.close();
  assert.equal(lost.mock.callCount(), 0);
});
