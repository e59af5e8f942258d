import { registerWasmTrainingKernels } from "@invertible/wasm-kernels";
import * as tf from "@tensorflow/tfjs";
import { UnsupportedError, fail } from "@invertible/errors";
import { createWasmBackend } from "./wasm-backend.ts";
import { createWebgpuBackend } from "./webgpu-backend.ts";

/** The backends `startBackend` knows, slowest first. */
export const backendNames = ["cpu", "wasm", "webgpu"] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendInfo {
  readonly name: BackendName;
  /** The graphics adapter, for `webgpu`. */
  readonly adapter?: string;
}

export interface BackendOptions {
  /** For `wasm` in a browser: the URL of the folder that holds the package's .wasm files. */
  readonly wasmPaths?: string;
}

const created = new Map<BackendName, Promise<BackendInfo>>();

/**
 * Loads a TensorFlow.js backend by name, in Node or in a browser, makes it the current one and waits until it
 * is ready. `wasm` also gets the kernels that training needs. Calling it again, or switching back and forth, is
 * cheap: a backend is created once and keeps its tensors. When it fails, the current backend stays.
 *
 * @throws ArgumentError for an unknown name.
 * @throws UnsupportedError naming what is missing: a package, the WebAssembly binary, a graphics adapter.
 *
 * @example
 * ```ts
 * import { startBackend } from "@invertible/ops/backend";
 * const { name } = await startBackend("wasm");
 * ```
 */
export async function startBackend(name: BackendName, options: BackendOptions = {}): Promise<BackendInfo> {
  if (!backendNames.includes(name)) {
    fail("startBackend: name", `one of ${backendNames.join(", ")}`, name);
  }
  const pending = created.get(name) ?? create(name, options);
  created.set(name, pending);
  try {
    const info = await pending;
    await makeCurrent(name);
    return info;
  } catch (error) {
    // A later call, perhaps after installing what was missing, starts over.
    created.delete(name);
    throw error;
  }
}

async function create(name: BackendName, options: BackendOptions): Promise<BackendInfo> {
  if (name === "cpu") return { name };
  if (name === "wasm") {
    register(name, await createWasmBackend(options.wasmPaths));
    registerWasmTrainingKernels();
    return { name };
  }
  const { backend, adapter } = await createWebgpuBackend();
  // By default small tensors compute on the CPU until the GPU has them, so that bits depend on what was read back or
  // restored from a file before.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  register(name, backend);
  return { name, adapter };
}

/** Hands TensorFlow.js a finished backend: its own set-up swallows the cause of a failure. */
function register(name: BackendName, backend: tf.KernelBackend): void {
  if (tf.engine().registryFactory[name]) tf.removeBackend(name);
  tf.registerBackend(name, () => backend);
}

async function makeCurrent(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new UnsupportedError(
      `startBackend: expected backend "${name}" to start, received a refusal by TensorFlow.js`,
    );
  }
  await tf.ready();
}
