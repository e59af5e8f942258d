import type { Random } from "@invertible/ops";
import type { Augmentation } from "./augmentation.ts";
import type { BatchAugmentation } from "./with-batch.ts";

/**
 * How the batch of each step is augmented, if at all. Step 0 is the data-dependent start. The key of step `s` is
 * `random.fold("augment").fold(s)`, so it depends on no step before.
 */
export function batchAugmentation({
  augment,
  random,
}: {
  readonly augment: readonly Augmentation[];
  readonly random: Random;
}): (step: number) => BatchAugmentation | undefined {
  const keys = random.fold("augment");
  return (step) => (augment.length === 0 ? undefined : { augmentations: augment, random: keys.fold(step) });
}
