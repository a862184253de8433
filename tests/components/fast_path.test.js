import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createFastPath } from "../../playground/components/drawing_pad/fast_path.js";

/** A WebSocket without a network. */
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

function open() {
  Object.assign(globalThis, { WebSocket: Socket, document: { baseURI: "https://school.example/cnn/step" } });
  Socket.all = [];
  const [answered, lost] = [mock.fn(), mock.fn()];
  return { path: createFastPath(answered, lost), answered, lost };
}

test("it connects beside the page, and sends the drawing with the ticket", () => {
  const { path, answered } = open();
  path.show("ticket");
  const [socket] = Socket.all;
  assert.equal(socket.address, "wss://school.example/cnn/live");
  assert.ok(!path.isOpen() && !path.isAbsent());
  socket.readyState = Socket.OPEN;
  assert.ok(path.isOpen());
  path.send(4, { strokes: [] });
  assert.deepEqual(JSON.parse(socket.sent[0]), { ticket: "ticket", seq: 4, drawing: { strokes: [] } });
  socket.answer({ seq: 4, ticket: "ticket" });
  assert.deepEqual(
    answered.mock.calls.map((call) => call.arguments),
    [[4]],
  );
});

test("a drawing that can't be answered closes it until Streamlit shows a board again", () => {
  const { path, lost } = open();
  path.show("old");
  Socket.all[0].readyState = Socket.OPEN;
  Socket.all[0].answer({ seq: null });
  assert.equal(lost.mock.callCount(), 1);
  assert.ok(!path.isOpen());
  path.show("new");
  assert.ok(path.isOpen());
  assert.equal(Socket.all.length, 1);
});

test("after three connections that broke, Streamlit gets every drawing", () => {
  const { path, lost } = open();
  for (let turn = 1; turn <= 3; turn++) {
    assert.ok(!path.isAbsent() || turn === 1);
    path.show("ticket");
    Socket.all[Socket.all.length - 1].lose();
    assert.equal(lost.mock.callCount(), turn);
  }
  path.show("ticket");
  assert.equal(Socket.all.length, 3);
  assert.ok(path.isAbsent());
});

test("an answer gives the connection its three tries back", () => {
  const { path } = open();
  for (let turn = 0; turn < 7; turn++) {
    path.show("ticket");
    const socket = Socket.all[Socket.all.length - 1];
    socket.readyState = Socket.OPEN;
    socket.answer({ seq: turn, ticket: "ticket" });
    socket.lose();
  }
  assert.equal(Socket.all.length, 7);
});

test("without a ticket there is none, and a closed pad hears of no loss", () => {
  const { path, lost } = open();
  path.show(null);
  assert.ok(path.isAbsent());
  assert.equal(Socket.all.length, 0);
  path.show("ticket");
  path.close();
  assert.equal(lost.mock.callCount(), 0);
});
