// Change of the layers' canvases from one stop to another, as a function of the share of the way.

/** @import { Change } from "./changes.js" */
/** @import { Sheet } from "./paint.js" */
import { shareOf } from "./changes.js";

/**
 * @param {Change[]} changes
 * @param {(change: Change) => Sheet} sheetOf
 * @param {(change: Change, state: Change["before"]) => void} paint a layer as it is in a state
 */
export function makeTransition(changes, sheetOf, paint) {
  const prepared = changes.map((change) => {
    const sheet = sheetOf(change);
    paint(change, change.before);
    const before = new ImageData(sheet.image.data.slice(), sheet.image.width, sheet.image.height);
    paint(change, change.after);
    return { change, sheet, before, after: new ImageData(sheet.image.data.slice(), before.width, before.height) };
  });
  return {
    /** @param {number} u */
    draw(u) {
      for (const { change, sheet, before, after } of prepared) {
        const share = shareOf(change, u);
        sheet.context.putImageData(share < 1 ? before : after, 0, 0);
        if (share > 0 && share < 1) wipe(sheet, after, change, share);
      }
    },
  };
}

/**
 * Paint the part that has already changed: of gradients, which come from the right, what is right of an edge; of outputs,
 * which are computed row by row, what is above.
 *
 * @param {Sheet} sheet
 * @param {ImageData} after
 * @param {Change} change
 * @param {number} share
 */
function wipe({ context, starts, stride, width, height }, after, { layer, after: state }, share) {
  if (state === "gradient") {
    const done = Math.round(after.width * share);
    context.putImageData(after, 0, 0, after.width - done, 0, done, after.height);
  } else if (layer.vector) {
    context.putImageData(after, 0, 0, 0, 0, after.width, Math.round(after.height * share));
  } else {
    const done = Math.round(height * share);
    for (const start of starts)
      context.putImageData(after, 0, 0, start % stride, Math.floor(start / stride), width, done);
  }
}
