// Stroke that the pad draws by itself, until the visitor touches the page.

const DELAY_MS = 500; // so that the page is seen at rest first
const LASTS_MS = 2600;

/**
 * @param {number[]} points x0, y0, x1, y1, ... as shares of the pad's side
 * @param {object} on
 * @param {(x: number, y: number) => boolean} on.begin put the pen down; false if the pad takes no stroke
 * @param {(path: number[][]) => void} on.extend
 * @param {() => void} on.end lift it
 * @param {() => void} on.discard lift it and leave nothing
 * @param {(work: () => void) => number} request call back before the next frame of the screen
 */
export function makeDemonstration(points, on, request = requestAnimationFrame) {
  /** Number of points that are drawn. */
  let drawn = 0;
  let state = /** @type {"waits" | "draws" | "over"} */ ("waits");
  let began = 0;
  const count = points.length / 2;
  const timer = setTimeout(() => request(start), DELAY_MS);

  function start() {
    if (state !== "waits") return;
    state = on.begin(points[0], points[1]) ? "draws" : "over";
    drawn = 1;
    began = performance.now();
    if (state === "draws") request(go);
  }

  function go() {
    if (state !== "draws") return;
    drawTo(Math.ceil((count * (performance.now() - began)) / LASTS_MS));
    if (drawn < count) request(go);
    else finish();
  }

  /** @param {number} to number of points */
  function drawTo(to) {
    const end = Math.min(count, to);
    if (end <= drawn) return;
    on.extend(
      Array.from({ length: end - drawn }, (_, index) => points.slice(2 * (drawn + index), 2 * (drawn + index) + 2)),
    );
    drawn = end;
  }

  function finish() {
    if (state !== "draws") return cancel();
    drawTo(count);
    state = "over";
    on.end();
  }

  /** End without a stroke. */
  function cancel() {
    clearTimeout(timer);
    if (state === "draws") on.discard();
    state = "over";
  }

  return { isOver: () => state === "over", finish, cancel };
}
