import type { Random } from "@invertible/ops";

/** Which examples make up which step. */
export interface BatchOrder {
  /** Indices of the examples of step 1, 2, ... */
  indicesOf(step: number): Int32Array;
  /** Passes over the data completed after `step` steps; a fraction. */
  epochsAfter(step: number): number;
}

/**
 * Passes over the data, each in its own random order, laid end to end and cut into batches: every example is seen
 * exactly once a pass, and the batch at the seam takes the last of one pass and the first of the next.
 *
 * A pure function of the key: pass e is `random.fold("order").fold(e).permutation(count)`, so any step can be asked
 * for at any time, which is what makes resuming exact.
 */
export function batchOrder(options: { random: Random; count: number; batchSize: number }): BatchOrder {
  const { random, count, batchSize } = options;
  const orders = random.fold("order");
  let known: { epoch: number; permutation: Int32Array } = { epoch: -1, permutation: new Int32Array(0) };
  const permutationOf = (epoch: number) => {
    if (known.epoch !== epoch) known = { epoch, permutation: orders.fold(epoch).permutation(count) };
    return known.permutation;
  };
  return {
    indicesOf(step) {
      const first = (step - 1) * batchSize;
      return Int32Array.from({ length: batchSize }, (_, i) => {
        const position = first + i;
        return permutationOf(Math.floor(position / count))[position % count]!;
      });
    },
    epochsAfter: (step) => (step * batchSize) / count,
  };
}
