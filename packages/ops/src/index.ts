export type { NamedVariables, Shape, Tensor, Variable } from "./tensors/types.ts";
export { newVariable, newVariables, withinAllowance } from "./tensors/allowance.ts";
export type { Allowance } from "./tensors/allowance.ts";
export { addN } from "./tensors/add-n.ts";
export { checkBatch } from "./tensors/check-batch.ts";
export { freeingVariables } from "./tensors/freeing-variables.ts";
export { countOperations } from "./tensors/count-operations.ts";
export type { OperationCount } from "./tensors/count-operations.ts";
export { peakBytes } from "./tensors/peak-bytes.ts";
export { watchVariables } from "./tensors/watch-variables.ts";
export { perExample, sumPerExample } from "./tensors/per-example.ts";
export { sizeOf } from "./tensors/size-of.ts";
export { prefixed } from "./tensors/prefixed.ts";
export type { Random, RepeatedDraws } from "./random/random.ts";
export { checkRandom } from "./random/check-random.ts";
export { createRandom, randomFromKey } from "./random/create-random.ts";
export type { Matrix64 } from "./float64/matrix64.ts";
export { identity64, matrix64, multiply64, transpose64 } from "./float64/matrix64.ts";
export type { LuDecomposition } from "./float64/lu.ts";
export { luDecompose, slogdet } from "./float64/lu.ts";
export type { TriangularOptions } from "./float64/solve.ts";
export { solve, solveTriangular } from "./float64/solve.ts";
export { qrDecompose } from "./float64/qr.ts";
export { singularValues } from "./float64/singular-values.ts";
export { roundUp } from "./float64/round-up.ts";
export { frobeniusNormBound, spectralNormBound } from "./float64/spectral-norm-bound.ts";
export type { LinearOperator, OperatorStructure } from "./operators/linear-operator.ts";
export type { Activation, ActivationName, Linearisation } from "./activations/activation.ts";
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
} from "./tensors/primitives.ts";
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
} from "./functions/elementary.ts";
export { lipSwish, lipSwishDerivative } from "./activations/lip-swish.ts";
export { cLipSwish, cLipSwishDerivative } from "./activations/c-lip-swish.ts";
export { cPila, cPilaDerivative, pila, pilaDerivative } from "./activations/pila.ts";
export { cast } from "./tensors/cast.ts";
export {
  equal,
  greater,
  greaterEqual,
  isFiniteElementwise,
  less,
  lessEqual,
} from "./functions/comparisons.ts";
export { argMax, clipByValue, max, maximum, min, minimum } from "./functions/extrema.ts";
export { logSoftmax } from "./functions/log-softmax.ts";
export { logSumExp } from "./functions/log-sum-exp.ts";
export { scaleByExp } from "./functions/scale-by-exp.ts";
export { activation, activationNames, checkActivation } from "./activations/activations.ts";
export { dense } from "./operators/dense.ts";
export { conv2d } from "./operators/conv2d.ts";
export type { Conv2dOptions } from "./operators/conv2d.ts";
export { depthwiseConv2d } from "./operators/depthwise-conv2d.ts";
export { spaceToDepth, depthToSpace } from "./rearranging/space-to-depth.ts";
export type { ChannelOrder } from "./rearranging/space-to-depth.ts";
export { inversePermutation, permute } from "./rearranging/permute.ts";
export { gatherRows } from "./rearranging/gather-rows.ts";
export { selectRows } from "./rearranging/select-rows.ts";
export {
  gradients,
  jacobianRows,
  stopGradient,
  valueAndGradients,
  withoutGradient,
} from "./derivatives/gradients.ts";
export { replaceGradient } from "./derivatives/replace-gradient.ts";
export type { GradientRule } from "./derivatives/replace-gradient.ts";
export { defineOp, defineTwinOp } from "./derivatives/define-op.ts";
export type {
  Attributes,
  Op,
  OpDefinition,
  TwinOp,
  TwinOpDefinition,
  Twins,
} from "./derivatives/define-op.ts";
