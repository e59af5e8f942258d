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
export { addRow, multiplyRow, rowCopies, subRow } from "./by-row";
export {
  convolve,
  convolveScratch,
  depthwiseKernelGradient,
  neighbourhoodProduct,
  neighbourhoodProductScratch,
  turnKernel,
} from "./convolution";
export { convolveToFew, convolveToFewScratch } from "./few-channels";
export { winogradConvolve, winogradConvolveScratch } from "./winograd";
export { winogradKernelGradient, winogradKernelGradientScratch } from "./winograd-gradient";
export { winogradKernel, winogradKernelBytes } from "./winograd-kernel";
export { matrixProductScratch, multiplyByPacked, packFactor } from "./matrix-product";
export { fold, mirror } from "./mirror";
export { clip, maximum, minimum } from "./extrema";
export { copyRuns, permuteColumns, sumRows } from "./rows";
export { expOfRow, scaleByExpGradient } from "./scale-by-exp";
export { normalise, singularVectors, softCap, softCapGradient } from "./spectral-norm";
