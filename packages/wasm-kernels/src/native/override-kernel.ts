import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { nativeKernels } from "./native.ts";
import type { NativeKernels, WasmBackend } from "./native.ts";
import type { Threads } from "./threads.ts";

/**
 * The name under which the registry keeps the composed form of a kernel that TensorFlow.js does not have. No backend has this
 * name. Whoever defines such an operation, as `@invertible/ops` does, registers under it the form that runs everywhere.
 */
const anyBackend = "invertible";

/** One call of a kernel. */
export interface KernelCall {
  /** The input tensors by name. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** The constants of the call by name. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The backend that runs it. */
  readonly backend: WasmBackend;
  /** The native kernels in the memory of this backend. */
  readonly native: NativeKernels;
  /** The threads that run native kernels in parts, see `split`. Undefined in builds of the backend without threads. */
  readonly threads: Threads | undefined;
}

/**
 * Registers a kernel for the wasm backend, in front of an existing one if there is any. `run` returns undefined for calls that
 * it does not cover. These calls go to the existing kernel, or to the composed form. So do all calls where native kernels
 * cannot run.
 */
export function overrideKernel(
  kernelName: string,
  run: (call: KernelCall) => TensorInfo | TensorInfo[] | undefined,
): void {
  const previous = tf.getKernel(kernelName, "wasm");
  if (previous) tf.unregisterKernel(kernelName, "wasm");
  const kernelFunc: KernelFunc = (call) => {
    const backend = call.backend as WasmBackend;
    const native = nativeKernels(backend);
    const result =
      native &&
      run({
        inputs: call.inputs as KernelCall["inputs"],
        attributes: call.attrs ?? {},
        backend,
        native: native.kernels,
        threads: native.threads,
      });
    if (result) return result;
    const fallback = previous ?? tf.getKernel(kernelName, anyBackend);
    if (!fallback) throw new Error(`Kernel '${kernelName}' not registered for backend 'wasm'`);
    return fallback.kernelFunc(call);
  };
  tf.registerKernel({ ...previous, kernelName, backendName: "wasm", kernelFunc });
}
