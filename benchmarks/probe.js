// Runs in the page before its own scripts and notes when things happen, in milliseconds of performance.now().
//
// moves: pointer events over the pad while the pen is down: when, and the number of the drawing that contains it.
// sends: messages to the server: when, and the number of the newest drawing.
// receipts: messages from the server: when, and their bytes.
// views: network views: the number of their drawing, when its canvases were painted into, and when the frame with them
// was made, see framing.js.
{
  const notes = { moves: [], sends: [], receipts: [], views: [] };
  globalThis.benchmark = { notes, watch, reset };
  let pad = null;
  let before = 0;
  const newest = () => Number(pad?.dataset.seq ?? 0);

  function reset() {
    for (const list of Object.values(notes)) list.length = 0;
  }

  const isPad = (event) => {
    const target = event.composedPath()[0];
    if (target.getAttribute?.("aria-label") === "Drawing pad") pad = target;
    return target === pad && (event.buttons & 1) === 1;
  };
  // Capturing listeners of the window run before the pad's own handler, bubbling ones after it.
  for (const type of ["pointerdown", "pointermove"]) {
    const note = (event) => {
      if (isPad(event)) before = newest();
    };
    addEventListener(type, note, true);
    addEventListener(type, (event) => {
      if (!isPad(event)) return;
      // Sent while it was handled, or waiting for the next drawing.
      const seq = newest() > before ? newest() : before + 1;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const { timeStamp } of all.length ? all : [event]) notes.moves.push({ at: timeStamp, seq });
    });
  }

  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        notes.receipts.push({ at: performance.now(), bytes: data.byteLength ?? data.size });
      });
    }
    send(data) {
      notes.sends.push({ at: performance.now(), seq: newest(), bytes: data.byteLength });
      super.send(data);
    }
  };

  /** @param {Element} view */
  function watch(view) {
    new MutationObserver(() => {
      const shown = { seq: Number(view.dataset.seq), at: performance.now(), framed: 0 };
      notes.views.push(shown);
      whenFramed((now) => (shown.framed = now));
    }).observe(view, { attributes: true, attributeFilter: ["data-seq"] });
  }
}
