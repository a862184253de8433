import assert from "node:assert/strict";
import { test } from "node:test";
import { unpack } from "../../playground/components/shared/packing.js";

/** Pack as playground/components/packing.py does. @param {object} plain @param {Record<string, number[]>} blobs */
function pack(plain, blobs) {
  const sizes = Object.fromEntries(Object.entries(blobs).map(([key, bytes]) => [key, bytes.length]));
  const header = [...Buffer.from(JSON.stringify([plain, sizes]))];
  while (header.length % 4) header.push(32);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const padded = Object.values(blobs).map((bytes) => [...bytes, ...new Array(-bytes.length & 3).fill(0)]);
  return Uint8Array.from([...length, ...header, ...padded.flat()]);
}

test("a block gives back what was packed, wherever it lies in a message", () => {
  const blobs = {
    none: [],
    one: [1],
    five: [1, 2, 3, 4, 5],
    floats: [...new Uint8Array(new Float32Array([1.5, -2]).buffer)],
  };
  const block = pack({ a: [1, null, "√"], b: { c: 1.5 } }, blobs);
  for (const offset of [0, 1, 4, 7]) {
    const message = new Uint8Array(offset + block.length);
    message.set(block, offset);
    const found = unpack(message.subarray(offset));
    assert.deepEqual([found.a, found.b], [[1, null, "√"], { c: 1.5 }]);
    for (const [key, bytes] of Object.entries(blobs)) assert.deepEqual([...found[key]], bytes);
    assert.deepEqual([...new Float32Array(found.floats.buffer, found.floats.byteOffset)], [1.5, -2]);
  }
});
