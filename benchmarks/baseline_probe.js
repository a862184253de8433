// Runs in the baseline app's page and notes, in milliseconds of performance.now(), when the pen was lifted, when the
// prediction's text last changed, and for each Plotly figure when its last change was framed (see framing.js).
{
  const probe = { up: 0, prediction: 0, plots: new Map(), pending: 0, reset };
  globalThis.benchmark = probe;
  let shown = "";
  addEventListener("pointerup", (event) => (probe.up = event.timeStamp), true);

  function reset() {
    probe.up = probe.prediction = 0;
    probe.plots.clear();
  }

  function framed(note) {
    probe.pending += 1;
    whenFramed((now) => {
      probe.pending -= 1;
      note(now);
    });
  }

  new MutationObserver((records) => {
    if (!probe.up) return;
    const plots = new Set();
    for (const { target, addedNodes } of records) {
      for (const node of [target, ...addedNodes]) {
        const element = node instanceof Element ? node : node.parentElement;
        const plot = element?.closest(".js-plotly-plot") ?? element?.querySelector(".js-plotly-plot");
        if (plot) plots.add(plot);
      }
    }
    if (plots.size) {
      framed((now) => {
        for (const plot of plots) probe.plots.set(plot, now);
      });
    }
    const text = document.querySelector('[data-testid="stMarkdown"]')?.textContent ?? "";
    if (text !== shown) framed((now) => (probe.prediction = now));
    shown = text;
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}
