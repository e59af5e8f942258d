import type { Random } from "@invertible/ops";

/** Which examples make up each step. */
export interface BatchOrder {
  /** The indices of the examples of a step. Steps are counted from 1. */
  indicesOf(step: number): Int32Array;
  /** How many passes over the data are completed after `step` steps, as a fraction. */
  epochsAfter(step: number): number;
}

/**
 * Orders the data of a training. Every pass over the data has its own random order. The passes are laid end to end and cut into
 * batches, so every example is seen exactly once in each pass. The batch at the end of a pass takes its last examples and the
 * first ones of the next.
 *
 * The order is a pure function of the key: pass e is `random.fold("order").fold(e).permutation(count)`. So the batch of any
 * step can be computed at any time, which makes resuming exact.
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
