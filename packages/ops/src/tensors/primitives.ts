/**
 * Operations of TensorFlow.js whose derivatives of every order are right as they are. They are exported from here so that other
 * packages never import TensorFlow.js themselves; see its documentation for each. Operations whose own gradients are wrong or
 * missing at second order (exp, tanh, sigmoid, elu, max, maximum, clipByValue, comparisons and others) are defined elsewhere in
 * this package.
 */
import * as tf from "@tensorflow/tfjs-core";
import { spend, spendVariable } from "./allowance.ts";
import { sizeOf } from "./size-of.ts";

// Arithmetic. The shapes of two tensors are broadcast to a common one.
/** a + b, entry by entry. */
export const add = tf.add;
/** a - b, entry by entry. */
export const sub = tf.sub;
/** a b, entry by entry. */
export const mul = tf.mul;
/** a / b, entry by entry. */
export const div = tf.div;
/** -x, entry by entry. */
export const neg = tf.neg;
/** |x|, entry by entry. */
export const abs = tf.abs;
/** x^2, entry by entry. */
export const square = tf.square;
/** The square root of each entry, NaN below 0. */
export const sqrt = tf.sqrt;
/** 1 / sqrt(x), entry by entry. */
export const rsqrt = tf.rsqrt;
/** 1 / x, entry by entry. */
export const reciprocal = tf.reciprocal;
/** The natural logarithm of each entry, NaN below 0. */
export const log = tf.log;
/** log(1 + x), entry by entry, exact to rounding for small x. */
export const log1p = tf.log1p;
/** The sum over all entries, or over the given axes. */
export const sum = tf.sum;
/** The mean over all entries, or over the given axes. */
export const mean = tf.mean;
/** The matrix product of the last two axes. Either factor may be taken transposed. Leading axes are batches. */
export const matMul = tf.matMul;

// The same entries in another arrangement.
/** The same entries in another shape of the same size. */
export const reshape = tf.reshape;
/** The axes in another order; reversed by default. */
export const transpose = tf.transpose;
/** Tensors joined along an existing axis. */
export const concat = tf.concat;
/** A tensor cut along an axis, into equal parts or into parts of given sizes. */
export const split = tf.split;
/** The part of a tensor that begins at an index and has a size, for each axis. */
export const slice = tf.slice;
/** Tensors of one shape joined along a new axis. */
export const stack = tf.stack;
/** The slices of a tensor along an axis, without that axis. */
export const unstack = tf.unstack;
/** A new axis of size 1. */
export const expandDims = tf.expandDims;
/** The tensor without its axes of size 1, or without the given ones. TensorFlow.js calls it `squeeze`. */
export const squeezeAxes = tf.squeeze;
/** The entries in reverse order along the given axes. */
export const reverse = tf.reverse;
/** The tensor repeated along each axis. */
export const tile = tf.tile;
/** The tensor with constant entries added before and after each axis. */
export const pad = tf.pad;
/** a where the condition is true, and b elsewhere. The condition is a constant to every gradient. */
export const where = tf.where;
/** The tensor repeated to a larger shape. */
export const broadcastTo = tf.broadcastTo;
/** The same numbers as a tensor of its own, which is disposed of separately. */
export const clone = tf.clone;

// Results that are constants to every gradient, since they are made from nothing or piecewise constant.
/** Ones in the shape of a tensor. */
export const onesLike = tf.onesLike;
/** Zeros in the shape of a tensor. */
export const zerosLike = tf.zerosLike;
/** A number as a tensor of shape []. */
export const scalar = tf.scalar;
/** A tensor of the given numbers, with a shape or that of nested arrays. */
export const tensor = tf.tensor;
/** The largest integer that is not above each entry. */
export const floor = tf.floor;
/** The nearest integer to each entry. */
export const round = tf.round;
/** -1, 0 or 1, the sign of each entry. */
export const sign = tf.sign;
/** 1 for a positive entry, and alpha (default 0) for the others. */
export const step = tf.step;
/** Whether both entries are true. */
export const logicalAnd = tf.logicalAnd;
/** Whether an entry is false. */
export const logicalNot = tf.logicalNot;
/** Whether all entries are true, or all along the given axes. */
export const all = tf.all;
/** Whether any entry is true, or any along the given axes. */
export const any = tf.any;

// The life of tensors.
/** Runs a function and disposes of every tensor that it made, except those that it returns. The function must not be async. */
export const tidy = tf.tidy;
/** Keeps a tensor beyond the `tidy` in which it was made. */
export const keep = tf.keep;
/** Frees all tensors in a tensor, array or object. */
export const dispose = tf.dispose;
/** How many tensors and bytes are in use. */
export const memory = tf.memory;

// What is made from nothing, however large, counts towards an allowance.
/** A tensor of zeros. */
export const zeros: typeof tf.zeros = (shape, dtype) => {
  spend(sizeOf(shape));
  return tf.zeros(shape, dtype);
};
/** A tensor of ones. */
export const ones: typeof tf.ones = (shape, dtype) => {
  spend(sizeOf(shape));
  return tf.ones(shape, dtype);
};
/** A tensor whose entries all have one value. */
export const fill: typeof tf.fill = (shape, value, dtype) => {
  spend(sizeOf(shape));
  return tf.fill(shape, value, dtype);
};
/** The identity matrix, or a batch of it. */
export const eye: typeof tf.eye = (rows, columns, batchShape, dtype) => {
  spend(rows * (columns ?? rows) * sizeOf(batchShape ?? []));
  return tf.eye(rows, columns, batchShape, dtype);
};
/** The numbers from `start` until before `stop`, in steps of `step`. */
export const range: typeof tf.range = (start, stop, step, dtype) => {
  spend(Math.abs((stop - start) / (step ?? 1)));
  return tf.range(start, stop, step, dtype);
};
/** A variable that begins with the values of a tensor. It copies nothing: make the tensor inside `tidy`. */
export const variable: typeof tf.variable = (initial, ...rest) => {
  spendVariable(initial.shape);
  return tf.variable(initial, ...rest);
};
