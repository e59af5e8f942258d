import { checkOptions, fail } from "@invertible/errors";
import { registerWasmTrainingKernels } from "@invertible/wasm-kernels";
import type { BackendInfo } from "./backend-info.ts";
import { register, startOnce } from "./start-once.ts";
import { createWasmBackend } from "./wasm-backend.ts";
import { checkWasmPaths } from "./wasm-files.ts";
import type { WasmFiles, WasmPaths } from "./wasm-files.ts";

export type { BackendInfo, WasmFiles, WasmPaths };

/** Options of `startWasm`. */
export interface WasmOptions {
  /**
   * Where a browser finds the .wasm files of `@tensorflow/tfjs-backend-wasm`: the URL of a folder that holds them all, or the
   * URLs of single files, as bundlers give them. By default they are looked for beside the script that is running. Node finds them itself.
   */
  readonly wasmPaths?: WasmPaths;
  /**
   * On how many threads the kernels of `@invertible/wasm-kernels` run, from 1 on. By default there are as many as the machine has processors, and never more than 16. It
   * has an effect only in pages with cross-origin isolation that load `tfjs-backend-wasm-threaded-simd.wasm`.
   */
  readonly threads?: number;
}

/**
 * Starts the WebAssembly backend of TensorFlow.js, in Node or in a browser, with the kernels that training needs, and makes it
 * the current one. The package `@tensorflow/tfjs-backend-wasm` must be installed. Calling it again is cheap, because a backend is created
 * once and keeps its tensors; the options then have no effect. If it fails, the current backend stays. Nothing is printed, and
 * the listeners of `process` are the same afterwards as before.
 *
 * @throws ArgumentError for wrong paths or a wrong number of threads.
 * @throws UnsupportedError naming what is missing: the package, or the WebAssembly binary.
 *
 * @example
 * ```ts
 * import { startWasm } from "@invertible/ops/backend/wasm";
 * await startWasm();
 * ```
 */
export async function startWasm(options: WasmOptions = {}): Promise<BackendInfo> {
  checkOptions("startWasm", options, { wasmPaths: "optional", threads: "optional" });
  const { wasmPaths, threads } = options;
  if (wasmPaths !== undefined) checkWasmPaths("startWasm: wasmPaths", wasmPaths);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    fail("startWasm: threads", "a whole number from 1 on", threads);
  return startOnce("startWasm", "wasm", async () => {
    register("wasm", await createWasmBackend("startWasm", wasmPaths));
    registerWasmTrainingKernels(threads === undefined ? {} : { threads });
    return {};
  });
}
