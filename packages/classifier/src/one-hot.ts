import { fail } from "@invertible/errors";
import { checkClasses } from "./check-classes.ts";

/** One row for each example in a typed array, in row-major order, as the data sets of `@invertible/trainer` have them. */
export interface OneHotRows {
  /** The numbers of all rows, 0 or 1. */
  readonly values: Uint8Array;
  /** [classes], the shape of one row. */
  readonly shape: readonly [classes: number];
}

/**
 * Writes labels as rows of zeros with a 1 at the class. The label -1 stands for an example without one and gives a row of zeros, for
 * which `crossEntropy` is 0.
 *
 * @param labels integers from 0 to classes - 1, or -1
 * @throws ArgumentError naming the first label that is neither.
 */
export function oneHot(labels: ArrayLike<number>, classes: number): OneHotRows {
  checkClasses("oneHot classes", classes);
  if (!Number.isSafeInteger((labels as Partial<ArrayLike<number>> | undefined)?.length))
    fail("oneHot labels", "an array of numbers", labels);
  const values = new Uint8Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isSafeInteger(label) || label < -1 || label >= classes)
      fail(`oneHot labels[${i}]`, `an integer from 0 to ${classes - 1}, or -1 for no label`, label);
    if (label >= 0) values[i * classes + label] = 1;
  }
  return { values, shape: [classes] };
}
