import type { ExampleSet } from "@invertible/trainer";
import { labelledRows } from "../job/labelled-examples.ts";
import { nearestRows } from "./nearest-rows.ts";

/** Neighbours of each example in the graph. */
const neighbours = 7;
/** Ends the iteration: the largest change of a probability, and the most rounds. */
const tolerance = 1e-4;
const mostRounds = 1000;

/**
 * Label propagation on the graph that joins each example with its 7 nearest ones. Every example without a class takes the mean of the
 * probabilities of its neighbours, until nothing changes; those with a class keep theirs. A test example takes the mean over its 7
 * nearest training examples.
 *
 * @returns the class of each test example
 * @throws RangeError where no training example has a class; the signal's reason where aborted.
 * @see Zhu, Ghahramani (2002), Learning from labeled and unlabeled data with label propagation
 */
export async function labelPropagation(
  train: ExampleSet,
  test: ExampleSet,
  signal: AbortSignal,
): Promise<Int32Array> {
  const known = new Set(labelledRows(train));
  if (known.size === 0)
    throw new RangeError("labelPropagation: expected examples with a class, received none");
  const { count, target } = train;
  const classes = target!.values.length / count;
  const edges = symmetric(await nearestRows(train, train, neighbours + 1, signal), count);
  let probabilities = Float64Array.from(target!.values);
  for (let round = 0; round < mostRounds; round++) {
    signal.throwIfAborted();
    const next = probabilities.slice();
    let change = 0;
    for (let row = 0; row < count; row++) {
      if (known.has(row)) continue;
      const mean = meanOf(probabilities, edges[row]!, classes);
      for (let c = 0; c < classes; c++)
        change = Math.max(change, Math.abs(mean[c]! - next[row * classes + c]!));
      next.set(mean, row * classes);
    }
    probabilities = next;
    if (change < tolerance) break;
  }
  const nearest = await nearestRows(train, test, neighbours, signal);
  return Int32Array.from({ length: test.count }, (_, query) => {
    const around = [...nearest.subarray(query * neighbours, (query + 1) * neighbours)];
    const mean = meanOf(probabilities, around, classes);
    return mean.indexOf(Math.max(...mean));
  });
}

/** The neighbours of each row in both directions, without the row itself. */
function symmetric(nearest: Int32Array, count: number): number[][] {
  const k = nearest.length / count;
  const edges = Array.from({ length: count }, () => new Set<number>());
  for (let row = 0; row < count; row++)
    for (const other of nearest.subarray(row * k, (row + 1) * k))
      if (other !== row) {
        edges[row]!.add(other);
        edges[other]!.add(row);
      }
  return edges.map((each) => [...each]);
}

function meanOf(probabilities: Float64Array, rows: readonly number[], classes: number): Float64Array {
  const mean = new Float64Array(classes);
  for (const row of rows)
    for (let c = 0; c < classes; c++) mean[c]! += probabilities[row * classes + c]! / rows.length;
  return mean;
}
