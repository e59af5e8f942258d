import { checkChoice } from "@invertible/errors";
import { backendNames } from "./backend-info.ts";
import type { BackendInfo, BackendName } from "./backend-info.ts";
import { refuseOperationsDuring } from "./refuse-operations.ts";

/** Each is loaded only where it is called for, because its package need not be installed. */
const starts: Readonly<Record<BackendName, () => Promise<BackendInfo>>> = {
  cpu: async () => (await import("./start-cpu.ts")).startCpu(),
  wasm: async () => (await import("./start-wasm.ts")).startWasm(),
  webgpu: async () => (await import("./start-webgpu.ts")).startWebgpu(),
};

/**
 * Starts a TensorFlow.js backend by name and makes it the current one. This is for Node programs that choose a backend while
 * they run. A page in a browser imports one of `startWasm`, `startWebgpu` and `startCpu` from an entry of its own
 * (`@invertible/ops/backend/wasm`, ...), because a bundler would look for the packages of all backends here.
 *
 * Calling it again, or switching back and forth, is cheap, because a backend is created once and keeps its tensors. If it fails,
 * the current backend stays. Nothing is printed, and the listeners of `process` are the same afterwards as before.
 *
 * @throws ArgumentError for an unknown name.
 * @throws UnsupportedError naming what is missing: a package, the WebAssembly binary, or a graphics adapter.
 *
 * @example
 * ```ts
 * import { startBackend } from "@invertible/ops/backend";
 * const { name } = await startBackend("wasm");
 * ```
 */
export async function startBackend(name: BackendName): Promise<BackendInfo> {
  checkChoice("startBackend: name", name, backendNames);
  return refuseOperationsDuring(`startBackend("${name}")`, starts[name]);
}
