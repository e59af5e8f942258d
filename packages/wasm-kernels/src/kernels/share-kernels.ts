import { overrideKernel } from "../native/override-kernel.ts";

/**
 * Registers kernels for Identity, and for Cast to the type that a tensor already has, which share memory instead of copying. On
 * wasm both copy their input. A tape clones every tensor that it saves, and the gradient of a product casts both factors, so a
 * training step used to copy most of its activations. Sharing is safe because tensors never change. Reshape and the other
 * backends do it too.
 */
export function registerShareKernels(): void {
  for (const kernelName of ["Identity", "Cast"])
    overrideKernel(kernelName, ({ inputs, attributes, backend }) => {
      const x = inputs["x"]!;
      const same = kernelName === "Identity" || attributes["dtype"] === x.dtype;
      if (!same || x.dtype === "string") return undefined;
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    });
}
