import { registerPointwiseShaders } from "./webgpu-pointwise.ts";
import { registerScaleByExpShaders } from "./webgpu-scale-by-exp.ts";
import { registerSpectralNormShaders } from "./webgpu-spectral-norm.ts";

/**
 * Registers kernels on WebGPU. Composed of those of TensorFlow.js, each takes four to 24 shaders, and starting them costs more
 * than they compute. These take one each, and a power iteration two slices besides.
 */
export function registerWebgpuKernels(): void {
  registerPointwiseShaders();
  registerScaleByExpShaders();
  registerSpectralNormShaders();
}
