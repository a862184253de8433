// Unpacks the blocks of bytes in which Python sends a component's data, see playground/components/packing.py.

/**
 * @param {Uint8Array} block
 * @returns {Record<string, any>} JSON values, and a Uint8Array for each value of type `bytes`
 */
export function unpack(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = 4 + view.getUint32(0, true);
  const [data, sizes] = JSON.parse(new TextDecoder().decode(block.subarray(4, end)));
  let offset = end;
  for (const [key, size] of Object.entries(sizes)) {
    // A copy, because a Float32Array needs an offset that is a multiple of 4.
    data[key] = block.slice(offset, offset + size);
    offset += Math.ceil(size / 4) * 4;
  }
  return data;
}
