// Unpacks the data of a saved page, makes its modules known to the browser, and starts the page. This is no module
// itself: `unpack` of packing.js stands before it.

/** @param {string} text in base64, compressed by gzip @returns {Promise<Uint8Array>} */
async function decompress(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function startPage() {
  const state = /** @type {HTMLElement} */ (document.getElementById("state"));
  try {
    const packed = /** @type {HTMLElement} */ (document.getElementById("data"));
    // @ts-expect-error: the function stands in the script before this one
    const given = unpack(await decompress(packed.textContent ?? ""));
    /** @type {Record<string, string>} */
    const imports = {};
    for (const [name, text] of Object.entries(given.modules))
      imports[name] = URL.createObjectURL(new Blob([/** @type {string} */ (text)], { type: "text/javascript" }));
    const map = document.createElement("script");
    map.type = "importmap";
    map.textContent = JSON.stringify({ imports });
    document.head.append(map);
    // @ts-expect-error: the map has just said where it is
    const { show } = await import("playground/export/host.js");
    show(document.getElementById("page"), given);
  } catch (problem) {
    console.error(problem);
    state.textContent = state.dataset.old ?? "";
  }
}

startPage();
