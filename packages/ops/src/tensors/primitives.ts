/**
 * Operations of TensorFlow.js whose derivatives of every order are right as they are. They are exported from here so that other
 * packages never import TensorFlow.js themselves; see its documentation for each. Operations whose own gradients are wrong or
 * missing at second order (exp, tanh, sigmoid, elu, max, maximum, clipByValue, comparisons and others) are defined elsewhere in
 * this package.
 */
import * as tf from "@tensorflow/tfjs";

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
  ones,
  zeros,
  onesLike,
  zerosLike,
  fill,
  scalar,
  tensor,
  eye,
  range,
  floor,
  round,
  sign,
  step,
  logicalAnd,
  logicalNot,
  all,
  any,
} = tf;
/** Allocation and disposal of tensors. */
export const { tidy, keep, dispose, memory, variable } = tf;
