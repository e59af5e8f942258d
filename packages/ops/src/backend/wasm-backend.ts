import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";
import { guardMemory } from "./guard-memory.ts";
import { describeCause, loadPackage } from "@invertible/errors";
import { withoutListenersOfGlue } from "./process-listeners.ts";
import { resolveWasmPaths } from "./wasm-files.ts";
import type { WasmPaths } from "./wasm-files.ts";

const packageName = "@tensorflow/tfjs-backend-wasm";

/**
 * Creates the WebAssembly backend without making it the current one. Node finds the binary itself.
 *
 * @throws UnsupportedError naming what is missing.
 */
export async function createWasmBackend(
  where: string,
  wasmPaths: WasmPaths | undefined,
): Promise<tf.KernelBackend> {
  const { setWasmPaths } = await loadPackage(
    where,
    packageName,
    () => import("@tensorflow/tfjs-backend-wasm"),
  );
  if (wasmPaths !== undefined) {
    const resolved = await resolveWasmPaths(where, wasmPaths);
    try {
      setWasmPaths(resolved);
    } catch (cause) {
      throw new UnsupportedError(
        `${where}: expected wasmPaths at the first attempt to start wasm, received it after a failed one; reload the page`,
        { cause },
      );
    }
  }
  const factory = tf.findBackendFactory("wasm");
  if (!factory) {
    throw new UnsupportedError(
      `${where}: expected ${packageName} to register itself, received nothing; ` +
        "two copies of @tensorflow/tfjs-core are probably installed",
    );
  }
  try {
    const backend = await withoutListenersOfGlue(async () => factory());
    guardMemory(backend);
    return backend;
  } catch (cause) {
    throw new UnsupportedError(
      `${where}: expected the WebAssembly binary of ${packageName}, received: ${describeCause(cause)} ` +
        "(in a browser, the option `wasmPaths` says where the .wasm files of the package are)",
      { cause },
    );
  }
}
