export { captured } from "./engine/captured.ts";
export type { CapturedOptions } from "./engine/captured.ts";
export { captureFunction } from "./functions/capture-function.ts";
export type { CapturedFunction, CaptureFunctionOptions } from "./functions/capture-function.ts";
