import * as tf from "@tensorflow/tfjs";
import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs";
import { nativeKernels } from "./native.ts";
import type { NativeKernels, WasmBackend } from "./native.ts";

/**
 * Where the registry keeps the composed form of a kernel that TensorFlow.js does not have. No backend has this name; whoever defines
 * such an operation, as `@invertible/ops` does, registers the form that runs everywhere under it.
 */
const anyBackend = "invertible";

export interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly backend: WasmBackend;
  readonly native: NativeKernels;
}

/**
 * Registers a kernel for the wasm backend in front of the one that is there, if any. `run` returns undefined for calls it does not
 * cover; these, and all calls where our native kernels cannot run, go to the previous kernel.
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
      run({ inputs: call.inputs as KernelCall["inputs"], attributes: call.attrs ?? {}, backend, native });
    if (result) return result;
    const fallback = previous ?? tf.getKernel(kernelName, anyBackend);
    if (!fallback) throw new Error(`Kernel '${kernelName}' not registered for backend 'wasm'`);
    return fallback.kernelFunc(call);
  };
  tf.registerKernel({ ...previous, kernelName, backendName: "wasm", kernelFunc });
}
