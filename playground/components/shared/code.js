// Where the code of the components waits for the stubs that Streamlit mounts, whichever comes first.

const house = (globalThis[Symbol.for("cnn-playground")] ??= { parts: {}, waiting: {} });

/**
 * @param {string} name
 * @param {(component: object) => void | (() => void)} render called with each new value; may return a cleanup
 * @param {string} css
 * @param {Record<string, string>} text
 */
function provide(name, render, css, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  house.parts[name] = { render, sheet, text };
  const waiting = house.waiting[name] ?? [];
  delete house.waiting[name];
  waiting.forEach((resume) => resume());
}
