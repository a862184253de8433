// Runs in the page before its own scripts and notes when things happen, in milliseconds of performance.now().
//
// presses: clicks and keys: when the browser had them.
// sends, receipts: messages to and from the server: when, and their bytes.
// shows: each time that a component says in its data-... what it shows now: its data-testid, all that it says, when, and
// when the frame with it was made.
{
  const notes = { presses: [], sends: [], receipts: [], shows: [] };
  globalThis.benchmark = { notes, reset, has };

  function reset() {
    for (const list of Object.values(notes)) list.length = 0;
  }

  /** @param {Record<string, Record<string, string>>} wanted what the components are to show, by data-testid */
  function has(wanted) {
    const shows = ({ name, data, framed }, [component, says]) =>
      name === component && framed && Object.entries(says).every(([key, value]) => data[key] === value);
    return Object.entries(wanted).every((one) => notes.shows.some((show) => shows(show, one)));
  }

  for (const type of ["click", "keydown"]) {
    addEventListener(type, ({ timeStamp }) => notes.presses.push({ at: timeStamp }), true);
  }

  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        notes.receipts.push({ at: performance.now(), bytes: data.byteLength ?? data.size });
      });
    }
    send(data) {
      notes.sends.push({ at: performance.now(), bytes: data.byteLength });
      super.send(data);
    }
  };

  const observer = new MutationObserver((records) => {
    for (const { dataset } of new Set(records.map(({ target }) => target))) {
      const { testid: name, ...data } = dataset;
      const show = { name, data, at: performance.now(), framed: 0 };
      notes.shows.push(show);
      whenFramed((now) => (show.framed = now));
    }
  });
  const says = {
    subtree: true,
    attributes: true,
    attributeFilter: ["data-seq", "data-stop", "data-frame", "data-boxes", "data-at"],
  };
  const { attachShadow } = Element.prototype;
  // Components live in shadow roots, into which an observer of the document doesn't see.
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    observer.observe(root, says);
    return root;
  };
}
