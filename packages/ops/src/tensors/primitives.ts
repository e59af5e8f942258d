/**
 * Operations of TensorFlow.js whose derivatives of every order are right as they are. They are exported from here so that other
 * packages never import TensorFlow.js themselves; see its documentation for each. Operations whose own gradients are wrong or
 * missing at second order (exp, tanh, sigmoid, elu, max, maximum, clipByValue, comparisons and others) are defined elsewhere in
 * this package.
 */
import * as tf from "@tensorflow/tfjs";
import { spend, spendVariable } from "./allowance.ts";
import { sizeOf } from "./size-of.ts";

/** Differentiable operations. `squeezeAxes` is `tf.squeeze`, which removes axes of size 1. */
export const {
  add,
  sub,
  mul,
  div,
  neg,
  abs,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  log,
  log1p,
  sum,
  mean,
  reshape,
  transpose,
  concat,
  split,
  slice,
  stack,
  unstack,
  expandDims,
  squeeze: squeezeAxes,
  reverse,
  tile,
  pad,
  matMul,
  where,
  broadcastTo,
  clone,
} = tf;
/** Operations whose results are constants to every gradient, since they are made from nothing or piecewise constant. */
export const {
  onesLike,
  zerosLike,
  scalar,
  tensor,
  floor,
  round,
  sign,
  step,
  logicalAnd,
  logicalNot,
  all,
  any,
} = tf;
/** Disposal of tensors. */
export const { tidy, keep, dispose, memory } = tf;

// What is made from nothing, however large, counts towards an allowance.
export const zeros: typeof tf.zeros = (shape, dtype) => {
  spend(sizeOf(shape));
  return tf.zeros(shape, dtype);
};
export const ones: typeof tf.ones = (shape, dtype) => {
  spend(sizeOf(shape));
  return tf.ones(shape, dtype);
};
export const fill: typeof tf.fill = (shape, value, dtype) => {
  spend(sizeOf(shape));
  return tf.fill(shape, value, dtype);
};
export const eye: typeof tf.eye = (rows, columns, batchShape, dtype) => {
  spend(rows * (columns ?? rows) * sizeOf(batchShape ?? []));
  return tf.eye(rows, columns, batchShape, dtype);
};
export const range: typeof tf.range = (start, stop, step, dtype) => {
  spend(Math.abs((stop - start) / (step ?? 1)));
  return tf.range(start, stop, step, dtype);
};
export const variable: typeof tf.variable = (initial, ...rest) => {
  spendVariable(initial.shape);
  return tf.variable(initial, ...rest);
};
