/**
 * TensorFlow.js operations that are correct at second order as they are, so that other packages never import
 * TensorFlow.js themselves. Operations whose stock gradient is wrong at second order (exp, tanh, sigmoid, elu,
 * max, ...) are not here: see the activations.
 */
import * as tf from "@tensorflow/tfjs";

export const {
  add, addN, sub, mul, div, neg, abs, square, sqrt, rsqrt, reciprocal, log, log1p, sum, mean,
  reshape, transpose, concat, split, slice, stack, unstack, expandDims, squeeze: squeezeAxes, reverse, tile, pad,
  matMul, ones, zeros, onesLike, zerosLike, fill, scalar, tensor, eye, clone, floor, step, maximum, minimum,
  clipByValue, isFinite: isFiniteElementwise, logicalAnd, all, any, cast,
} = tf;
export const { tidy, keep, dispose, memory, variable } = tf;
