/**
 * Comparisons. Their results are constants to every gradient. Those of TensorFlow.js have no gradient at all, and throw where a
 * branch is chosen by comparing what is being differentiated.
 */
import * as tf from "@tensorflow/tfjs-core";
import { withoutGradient } from "../derivatives/gradients.ts";
import type { Tensor } from "../tensors/types.ts";

type Operand = Tensor | number;

/** a > b, with broadcasting. */
export function greater(a: Operand, b: Operand): Tensor {
  return withoutGradient(() => tf.greater(a, b));
}

/** a >= b, with broadcasting. */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return withoutGradient(() => tf.greaterEqual(a, b));
}

/** a < b, with broadcasting. */
export function less(a: Operand, b: Operand): Tensor {
  return withoutGradient(() => tf.less(a, b));
}

/** a <= b, with broadcasting. */
export function lessEqual(a: Operand, b: Operand): Tensor {
  return withoutGradient(() => tf.lessEqual(a, b));
}

/** a = b, with broadcasting. */
export function equal(a: Operand, b: Operand): Tensor {
  return withoutGradient(() => tf.equal(a, b));
}

/** Whether each entry is finite, that is neither NaN nor infinite. */
export function isFiniteElementwise(x: Tensor): Tensor {
  return withoutGradient(() => tf.isFinite(x));
}
