/** Kernels that TensorFlow.js's WebAssembly backend lacks or has slow. Pointers into its memory, in bytes. */
export {
  cos,
  cosTimes,
  elu,
  eluDerivative,
  eluDerivativeTimes,
  eluSecondDerivative,
  eluSecondDerivativeTimes,
  eluTwins,
  eluTwinsByX,
  exp,
  expTimes,
  expm1,
  pila,
  pila1,
  pila1Times,
  pila2,
  pila2Times,
  positiveTimes,
  relu,
  sigmoidDerivative,
  sigmoidDerivativeTimes,
  sin,
  softplus,
  swishDerivative,
  swishDerivativeTimes,
  swishSecondDerivative,
  swishSecondDerivativeTimes,
  tanh,
  tanhDerivative,
  tanhDerivativeTimes,
} from "./pointwise";
export {
  lipSwish,
  lipSwishSlope,
  lipSwishSlopeTimes,
  lipSwishByBetaTimes,
  lipSwishCurvatureTimes,
  lipSwishSlopeByBetaTimes,
  lipSwishTwins,
  lipSwishTwinsByX,
  lipSwishTwinsByB,
} from "./lip-swish";
export { addRow, multiplyRow, rowCopies, subRow } from "./broadcast";
export {
  convolve,
  convolveScratch,
  depthwiseKernelGradient,
  neighbourhoodProduct,
  neighbourhoodProductScratch,
  turnKernel,
} from "./convolution";
export { convolveToFew, convolveToFewScratch } from "./few-channels";
export {
  winogradConvolve,
  winogradConvolveScratch,
  winogradKernelGradient,
  winogradKernelGradientScratch,
} from "./winograd";
export { winogradKernel, winogradKernelBytes } from "./winograd-transforms";
export { matrixProductScratch, multiplyByPacked, packFactor } from "./matrix-product";
export { fold, mirror } from "./mirror";
export { clip, maximum, minimum } from "./extrema";
export { copyRuns, permuteColumns, sumRows } from "./rows";
export { scaleByExp, scaleByExpGradient } from "./scale-by-exp";
export { normalise, singularVectors, softCap, softCapGradient } from "./spectral-norm";
