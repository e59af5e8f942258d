/**
 * TensorFlow.js operations whose derivatives of every order are right as they are, so that other packages never import
 * TensorFlow.js themselves. Operations whose stock gradients are wrong or missing at second order (exp, tanh,
 * sigmoid, elu, max, maximum, clipByValue, comparisons, ...) are defined elsewhere in this package.
 */
import * as tf from "@tensorflow/tfjs";

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
/** Constant to every gradient: made from nothing, or piecewise constant. */
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
export const { tidy, keep, dispose, memory, variable } = tf;
