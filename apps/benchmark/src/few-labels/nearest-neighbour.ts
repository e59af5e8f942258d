import type { ExampleSet } from "@invertible/trainer";
import { labelledRows, rowsOf } from "../job/labelled-examples.ts";
import { classOf } from "./class-of.ts";
import { nearestRows } from "./nearest-rows.ts";

/**
 * Gives every test example the class of the nearest training example whose class is known, by Euclidean distance.
 *
 * @throws RangeError where no training example has a class; the signal's reason where aborted.
 */
export async function nearestNeighbour(
  train: ExampleSet,
  test: ExampleSet,
  signal: AbortSignal,
): Promise<Int32Array> {
  const known = labelledRows(train);
  if (known.length === 0)
    throw new RangeError("nearestNeighbour: expected examples with a class, received none");
  const labelled = rowsOf(train, known);
  const nearest = await nearestRows(labelled, test, 1, signal);
  return nearest.map((row) => classOf(labelled, row));
}
