// Numbers of a run's steps in the browser: kept within a limit, cut back when a run resumes, averaged for the eye.

/** Names of the columns, see playground/runs/history.py. */
export const COLUMNS = /** @type {const} */ (["loss", "accuracy", "lr", "seconds"]);

/** Points that are kept at most; more are joined in pairs, so that painting stays fast. */
export const MOST = 4000;

/**
 * @typedef {object} Evaluation of digits that are not trained on
 * @property {number} step
 * @property {number} seconds
 * @property {string} data
 * @property {number} n
 * @property {number} loss
 * @property {number} accuracy
 *
 * @typedef {{steps: number[]} & Record<typeof COLUMNS[number], number[]>} Columns
 */

export function makeCurves() {
  /** @type {Columns} */
  const columns = { steps: [], loss: [], accuracy: [], lr: [], seconds: [] };
  /** @type {Evaluation[]} */
  const evaluations = [];

  /** @param {number} after last step to keep */
  function cut(after) {
    let count = columns.steps.length;
    while (count > 0 && columns.steps[count - 1] > after) count--;
    columns.steps.length = count;
    for (const name of COLUMNS) columns[name].length = count;
  }

  /** Join neighbours: their mean, at the later step. */
  function thin() {
    const count = columns.steps.length & ~1;
    for (const name of COLUMNS) {
      const values = columns[name];
      columns[name] = halves(count, values.length, (index) => (values[index] + values[index + 1]) / 2, values);
    }
    const { steps } = columns;
    columns.steps = halves(count, steps.length, (index) => steps[index + 1], steps);
  }

  return {
    columns,
    evaluations,
    /** Step of the last point; 0 if there is none. */
    last: () => columns.steps.at(-1) ?? 0,
    /**
     * Add the numbers of an answer.
     *
     * @param {number} after step before the first of these
     * @param {Columns | (Record<string, ArrayLike<number>> & {steps: ArrayLike<number>})} more
     * @param {number} seen number of evaluations before the first of these
     * @param {Evaluation[]} evaluated
     */
    add(after, more, seen, evaluated) {
      cut(after);
      for (let index = 0; index < more.steps.length; index++) {
        columns.steps.push(more.steps[index]);
        for (const name of COLUMNS) columns[name].push(more[name][index]);
      }
      evaluations.splice(seen, evaluations.length, ...evaluated);
      while (columns.steps.length > MOST) thin();
    },
  };
}

/**
 * @param {number} count even number of values to join
 * @param {number} length
 * @param {(index: number) => number} join
 * @param {number[]} values
 */
function halves(count, length, join, values) {
  const found = [];
  for (let index = 0; index < count; index += 2) found.push(join(index));
  if (count < length) found.push(values[length - 1]);
  return found;
}

/**
 * Mean of each value and those before it.
 *
 * @param {number[]} values
 * @param {number} width number of values in a mean; fewer at the start
 * @returns {number[]}
 */
export function runningMean(values, width) {
  const means = new Array(values.length);
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += values[index];
    if (index >= width) sum -= values[index - width];
    means[index] = sum / Math.min(index + 1, width);
  }
  return means;
}

/**
 * Place of the value nearest to another, in a rising sequence.
 *
 * @param {ArrayLike<number>} values
 * @param {number} wanted
 * @returns {number} index, -1 for an empty sequence
 */
export function nearest(values, wanted) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  if (high < 0) return -1;
  return low > 0 && wanted - values[low - 1] <= values[low] - wanted ? low - 1 : low;
}
