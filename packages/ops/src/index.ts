export type { Json, JsonObject, NamedVariables, Shape, Tensor, Variable } from "./types.ts";
export { ArgumentError, NonFiniteError, NotConvergedError, ShapeError, UnsupportedError } from "./errors.ts";
export { checkBatch, checkBetween, checkPositiveInteger, checkShape, fail } from "./checks.ts";
export type { Random } from "./random.ts";
export type { LinearOperator } from "./linear-operator.ts";
export type { Activation, ActivationName } from "./activation.ts";
export {
  add, addN, sub, mul, div, neg, abs, square, sqrt, rsqrt, reciprocal, log, log1p, expm1, sin, cos, sum, mean,
  reshape, transpose, concat, split, slice, stack, unstack, expandDims, squeezeAxes, reverse, tile, pad,
  matMul, ones, zeros, onesLike, zerosLike, fill, scalar, tensor, eye, clone, floor, step, maximum, minimum,
  relu, clipByValue, isFiniteElementwise, logicalAnd, all, any, cast, tidy, keep, dispose, memory, variable,
} from "./primitives.ts";
