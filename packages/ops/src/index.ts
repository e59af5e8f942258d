export type { Json, JsonObject, NamedVariables, Shape, Tensor, Variable } from "./types.ts";
export { addN } from "./add-n.ts";
export {
  ArgumentError,
  NonFiniteError,
  NotCertifiedError,
  NotConvergedError,
  ShapeError,
  UnsupportedError,
} from "./errors.ts";
export { checkBatch, checkBetween, checkPositiveInteger, checkShape, fail } from "./checks.ts";
export { freeingVariables } from "./freeing-variables.ts";
export { peakBytes } from "./peak-bytes.ts";
export { sizeOf } from "./size-of.ts";
export { prefixed } from "./prefixed.ts";
export type { Random } from "./random.ts";
export { createRandom, randomFromKey } from "./create-random.ts";
export type { Matrix64 } from "./linalg/matrix64.ts";
export { identity64, matrix64, multiply64, transpose64 } from "./linalg/matrix64.ts";
export type { LuDecomposition } from "./linalg/lu.ts";
export { luDecompose, slogdet } from "./linalg/lu.ts";
export type { TriangularOptions } from "./linalg/solve.ts";
export { solve, solveTriangular } from "./linalg/solve.ts";
export { qrDecompose } from "./linalg/qr.ts";
export { singularValues } from "./linalg/singular-values.ts";
export { roundUp } from "./linalg/round-up.ts";
export { frobeniusNormBound, spectralNormBound } from "./linalg/spectral-norm-bound.ts";
export type { LinearOperator, OperatorStructure } from "./linear-operator.ts";
export type { Activation, ActivationName, Linearisation } from "./activation.ts";
export {
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
  squeezeAxes,
  reverse,
  tile,
  pad,
  matMul,
  where,
  broadcastTo,
  ones,
  zeros,
  onesLike,
  zerosLike,
  fill,
  scalar,
  tensor,
  eye,
  clone,
  range,
  floor,
  round,
  sign,
  step,
  logicalAnd,
  logicalNot,
  all,
  any,
  tidy,
  keep,
  dispose,
  memory,
  variable,
} from "./primitives.ts";
export {
  cos,
  elu,
  eluDerivative,
  exp,
  expm1,
  leakyRelu,
  leakyReluDerivative,
  lipschitzCube,
  lipschitzCubeDerivative,
  logSigmoid,
  relu,
  sigmoid,
  sigmoidDerivative,
  sin,
  softplus,
  swish,
  swishDerivative,
  tanh,
  tanhDerivative,
} from "./elementary.ts";
export { lipSwish, lipSwishDerivative } from "./lip-swish.ts";
export { cLipSwish, cLipSwishDerivative } from "./c-lip-swish.ts";
export { cPila, cPilaDerivative, pila, pilaDerivative } from "./pila.ts";
export { cast } from "./cast.ts";
export { equal, greater, greaterEqual, isFiniteElementwise, less, lessEqual } from "./comparisons.ts";
export { clipByValue, max, maximum, min, minimum } from "./extrema.ts";
export { logSumExp } from "./log-sum-exp.ts";
export { activation, activationNames, checkActivation } from "./activations.ts";
export { dense } from "./dense.ts";
export { conv2d } from "./conv2d.ts";
export type { Conv2dOptions } from "./conv2d.ts";
export { depthwiseConv2d } from "./depthwise-conv2d.ts";
export { squeeze, unsqueeze } from "./squeeze.ts";
export type { SqueezeOrder } from "./squeeze.ts";
export { inversePermutation, permute } from "./permute.ts";
export { gatherRows } from "./gather-rows.ts";
export { selectRows } from "./select-rows.ts";
export { gradients, jacobianRows, stopGradient, valueAndGradients, withoutGradient } from "./gradients.ts";
export { replaceGradient } from "./replace-gradient.ts";
export type { Backward } from "./replace-gradient.ts";
export { defineOp } from "./define-op.ts";
export type { Attributes, OpDefinition } from "./define-op.ts";
