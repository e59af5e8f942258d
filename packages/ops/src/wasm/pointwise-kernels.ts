import type { Tensor } from "../types.ts";
import { address } from "./native.ts";
import { overrideKernel } from "./override-kernel.ts";

/** Kernels of the elementary functions, and their names among the native ones. */
const pointwise = {
  InvertibleExp: "exp",
  InvertibleExpm1: "expm1",
  InvertibleSigmoidDerivative: "sigmoidDerivative",
  InvertibleSoftplus: "softplus",
  InvertibleTanh: "tanh",
  InvertibleTanhDerivative: "tanhDerivative",
  InvertibleEluDerivative: "eluDerivative",
  InvertibleSwishDerivative: "swishDerivative",
  InvertibleRelu: "relu",
  InvertibleSin: "sin",
  InvertibleCos: "cos",
} as const;

/**
 * The stock kernels call the C library for each number; these do four at once, 5 to 25 times as fast. The stock sigmoid and
 * elu are vectorised already.
 */
export function registerPointwiseKernels(): void {
  for (const [kernelName, nativeName] of Object.entries(pointwise))
    overrideKernel(kernelName, ({ inputs, backend, native }) => {
      const x = inputs["x"]!;
      const out = backend.makeOutput(x.shape, "float32");
      native[nativeName]!(address(backend, x), address(backend, out), 4 * x.size);
      return out;
    });

  for (const [kernelName, nativeName] of [
    ["InvertibleMaximum", "maximum"],
    ["InvertibleMinimum", "minimum"],
  ] as const)
    overrideKernel(kernelName, ({ inputs, backend, native }) => {
      const { a, b } = inputs as { a: Tensor; b: Tensor };
      if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
      const out = backend.makeOutput(a.shape, "float32");
      native[nativeName]!(address(backend, a), address(backend, b), address(backend, out), 4 * a.size);
      return out;
    });

  overrideKernel("InvertibleClip", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32") return undefined;
    const { low, high } = attributes as { low: number; high: number };
    const out = backend.makeOutput(x.shape, "float32");
    native["clip"]!(address(backend, x), address(backend, out), 4 * x.size, low, high);
    return out;
  });
}
