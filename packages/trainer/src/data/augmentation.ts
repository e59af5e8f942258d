import type { JsonObject } from "@invertible/errors";
import { checkMembers, fail } from "@invertible/errors";
import type { Random } from "@invertible/ops";

/** Examples of one batch, in row-major order. */
export interface BatchValues {
  /** The numbers of all examples. */
  readonly values: Float32Array;
  /** The shape of one example. */
  readonly shape: readonly number[];
  readonly count: number;
}

/**
 * A random change of training examples that leaves them as likely as before, such as a flip. It is a pure function of batch and
 * key, which is computed on the host. So every backend and engine trains on the same numbers, and a resumed run on those
 * that it would have seen without the interruption.
 */
export interface Augmentation {
  readonly name: string;
  /** What it was made with. Checkpoints record it, and a run resumes only with the same. */
  readonly config: JsonObject;
  /** The changed examples, [count, ...shape], as new numbers. */
  apply(batch: BatchValues, random: Random): Float32Array;
}

/** Applies augmentations in order, each with a key of its own. */
export function augmented(
  where: string,
  augmentations: readonly Augmentation[],
  batch: BatchValues,
  random: Random,
): Float32Array {
  let { values } = batch;
  augmentations.forEach((each, i) => {
    const changed = each.apply({ ...batch, values }, random.fold(i));
    if (!(changed instanceof Float32Array) || changed.length !== values.length)
      fail(`${where}: ${each.name}`, `a Float32Array of ${values.length} numbers`, changed);
    values = changed;
  });
  return values;
}

/** @throws ArgumentError for anything but a list of augmentations. */
export function checkAugmentations(where: string, augmentations: readonly Augmentation[]): void {
  if (!Array.isArray(augmentations))
    fail(where, "a list of augmentations such as [randomFlip()]", augmentations);
  augmentations.forEach((each: Augmentation, i) =>
    checkMembers(`${where}[${i}]`, "an augmentation such as randomFlip()", each, ["name", "config", "apply"]),
  );
}
