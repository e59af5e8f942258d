import * as tf from "@tensorflow/tfjs-core";
import { checkBatch } from "../tensors/check-batch.ts";
import { ShapeError } from "@invertible/errors";
import type { LinearOperator } from "./linear-operator.ts";
import type { Tensor } from "../tensors/types.ts";

/**
 * The linear operator x -> x W on rows, with W = `weight` [inputs, outputs]. The adjoint is y -> y W^T. Differentiable in x and
 * in W.
 *
 * @throws ShapeError unless weight has two axes.
 */
export function dense(weight: Tensor): LinearOperator {
  if (weight.rank !== 2)
    throw new ShapeError(`dense weight: expected [inputs, outputs], received [${weight.shape.join(", ")}]`);
  const [inputs, outputs] = weight.shape as [number, number];
  return {
    inputShape: [inputs],
    outputShape: [outputs],
    structure: { kind: "dense", weight },
    apply(x) {
      checkBatch("dense.apply x", x, [inputs]);
      return tf.matMul(x, weight);
    },
    adjoint(y) {
      checkBatch("dense.adjoint y", y, [outputs]);
      return tf.matMul(y, weight, false, true);
    },
  };
}
