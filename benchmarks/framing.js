// Shared by the probes, which run in a page before its own scripts.

/**
 * Say when the frame with what has just been painted is made: the first task after the frame's style, layout and paint
 * were handed to the compositor.
 *
 * @param {(now: number) => void} note called with milliseconds of performance.now()
 */
globalThis.whenFramed = (note) => {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => note(performance.now());
    port2.postMessage(null);
  });
};
