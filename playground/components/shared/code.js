// Where the code of the components waits for the stubs that Streamlit mounts, whichever comes first.

const house = (globalThis[Symbol.for("cnn-playground")] ??= { parts: {}, waiting: {}, mounted: {}, arrivals: new EventTarget() });

/**
 * The block that `assembly.pack` made, as an object.
 *
 * @param {Uint8Array} block
 * @returns {Record<string, any>}
 */
house.unpack = (block) => {
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
};

/**
 * @param {string} name
 * @param {(component: object) => void | (() => void)} render called with each new value; may return a cleanup
 * @param {string} html the skeleton, static
 * @param {string} css
 * @param {Record<string, string>} text
 */
function provide(name, render, html, css, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const skeleton = () => [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
  house.parts[name] = { render, skeleton, sheet, text };
  const waiting = house.waiting[name] ?? [];
  delete house.waiting[name];
  waiting.forEach((resume) => resume());
}
