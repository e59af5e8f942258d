import * as tf from "@tensorflow/tfjs-core";
import { fail } from "@invertible/errors";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const permuteLastAxis: Op<"x"> = defineOp(["x"], {
  name: "InvertiblePermute",
  forward: ({ x }, { indices }) => tf.gather(x, tf.tensor1d(indices as number[], "int32"), x.rank - 1),
  // The gradient of TensorFlow.js is a segment sum, which the wasm backend does not have.
  gradient: (dy, _, { indices }) => ({
    x: () => permuteLastAxis({ x: dy }, { indices: inversePermutation(indices as number[]) }),
  }),
});

/**
 * Reorders the last axis: y[..., i] = x[..., indices[i]].
 *
 * @throws ArgumentError unless `indices` is a permutation of 0..n-1, with n the size of the last axis.
 */
export function permute(x: Tensor, indices: readonly number[]): Tensor {
  const size = x.shape[x.rank - 1];
  if (indices.length !== size || !isPermutation(indices))
    fail("permute", `a permutation of the ${size} indices of the last axis`, indices);
  return permuteLastAxis({ x }, { indices });
}

/**
 * The permutation that undoes `indices`: inverse[indices[i]] = i.
 *
 * @throws ArgumentError unless `indices` is a permutation.
 */
export function inversePermutation(indices: readonly number[]): number[] {
  if (!isPermutation(indices))
    fail("inversePermutation", `a permutation of 0..${indices.length - 1}`, indices);
  const inverse = new Array<number>(indices.length);
  indices.forEach((from, to) => (inverse[from] = to));
  return inverse;
}

function isPermutation(indices: readonly number[]): boolean {
  const seen = new Set(indices);
  return (
    seen.size === indices.length && indices.every((i) => Number.isInteger(i) && i >= 0 && i < indices.length)
  );
}
