import type { ExampleSet } from "@invertible/trainer";

/** The class of an example, as its one-hot row says; -1 where it is not known. */
export function classOf({ target, count }: ExampleSet, row: number): number {
  const { values } = target!;
  const classes = values.length / count;
  return values.subarray(row * classes, (row + 1) * classes).indexOf(1);
}

/** The share of examples that were given another class than theirs. */
export function errorOf(test: ExampleSet, predicted: ArrayLike<number>): number {
  let wrong = 0;
  for (let row = 0; row < test.count; row++) if (predicted[row] !== classOf(test, row)) wrong++;
  return wrong / test.count;
}
