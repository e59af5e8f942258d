export { registerWasmTrainingKernels } from "./register.ts";
export type { WasmTrainingKernelsOptions } from "./register.ts";
