import { overrideKernel } from "../native/override-kernel.ts";

/**
 * Identity, and Cast to the type a tensor already has, copy their input on wasm. A tape clones every tensor it saves,
 * and the gradient of a product casts both factors, so a training step copied most of its activations. Tensors
 * never change: sharing the memory, as Reshape does and as the other backends do, is safe.
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
