import * as tf from "@tensorflow/tfjs-core";
import type { BackendInfo } from "./backend-info.ts";
import { register, startOnce } from "./start-once.ts";
import { createWebgpuBackend } from "./webgpu-backend.ts";
import { registerWebgpuKernels } from "./webgpu-kernels.ts";

export type { BackendInfo };

/**
 * Starts the WebGPU backend of TensorFlow.js and makes it the current one. Its package, `@tensorflow/tfjs-backend-webgpu`, must
 * be installed, and under Node also `webgpu`. A browser needs a secure context (https or localhost). Calling it again is cheap, because
 * a backend is created once and keeps its tensors. If it fails, the current backend stays. Nothing is printed.
 *
 * @throws UnsupportedError naming what is missing: a package, WebGPU itself, or a graphics adapter.
 *
 * @example
 * ```ts
 * import { startWebgpu } from "@invertible/ops/backend/webgpu";
 * const { adapter } = await startWebgpu();
 * ```
 */
export function startWebgpu(): Promise<BackendInfo> {
  return startOnce("startWebgpu", "webgpu", async () => {
    const { backend, adapter } = await createWebgpuBackend("startWebgpu");
    // By default, WebGPU computes with small tensors on the CPU until the GPU has them. Bits would then depend on what was
    // read back or restored from a file before.
    tf.env().set("WEBGPU_CPU_FORWARD", false);
    register("webgpu", backend);
    registerWebgpuKernels();
    return { adapter };
  });
}
