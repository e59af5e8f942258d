/** Kernels that TensorFlow.js's WebAssembly backend lacks or has slow. Pointers into its memory, in bytes. */
export {
  cos,
  eluDerivative,
  exp,
  expm1,
  relu,
  sigmoidDerivative,
  sin,
  softplus,
  swishDerivative,
  tanh,
  tanhDerivative,
} from "./pointwise";
export { addShifted, neighbourhoodProduct, neighbourhoodProductScratch } from "./convolution";
export { permuteColumns, sumRows } from "./rows";
export { clip, maximum, minimum } from "./extrema";
