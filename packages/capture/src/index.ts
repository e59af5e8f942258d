export { captured } from "./engine/captured.ts";
export type { CapturedOptions } from "./engine/captured.ts";
export { captureFunction } from "./functions/capture-function.ts";
export type { CapturedFunction, CaptureFunctionOptions } from "./functions/capture-function.ts";
export { exportOnnx } from "./functions/export-onnx.ts";
export type { ExportOnnxOptions, ExportedFunction } from "./functions/export-onnx.ts";
