import { registerWasmTrainingKernels } from "@invertible/wasm-kernels";
import * as tf from "@tensorflow/tfjs";
import { UnsupportedError, checkOptions, fail } from "@invertible/errors";
import { createWasmBackend } from "./wasm-backend.ts";
import { createWebgpuBackend } from "./webgpu-backend.ts";

/** The backends that `startBackend` knows, the slowest first. */
export const backendNames = ["cpu", "wasm", "webgpu"] as const;
/** The name of a backend. */
export type BackendName = (typeof backendNames)[number];

/** A backend that has been started. */
export interface BackendInfo {
  /** Its name. */
  readonly name: BackendName;
  /** The graphics adapter, for `webgpu` only. */
  readonly adapter?: string;
}

/** Options of `startBackend`. */
export interface BackendOptions {
  /** For `wasm` in a browser, the URL of the folder that holds the .wasm files of the package. Node finds them itself. */
  readonly wasmPaths?: string;
}

const created = new Map<BackendName, Promise<BackendInfo>>();

/**
 * Starts a TensorFlow.js backend by name, in Node or in a browser. It loads the backend, makes it the current one, and waits
 * until it is ready. `wasm` also gets the kernels that training needs. Calling it again, or switching back and forth, is cheap,
 * because a backend is created once and keeps its tensors. If it fails, the current backend stays.
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
export async function startBackend(name: BackendName, options: BackendOptions = {}): Promise<BackendInfo> {
  checkOptions("startBackend", options, { wasmPaths: "optional" });
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
    // A later call starts over, perhaps after what was missing has been installed.
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
  // By default, WebGPU computes with small tensors on the CPU until the GPU has them. Bits would then depend on what was read
  // back or restored from a file before.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  register(name, backend);
  return { name, adapter };
}

/** Hands TensorFlow.js a finished backend, because its own set-up hides the cause of a failure. */
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
