import { address } from "../native/native.ts";
import { withScratch } from "../native/split.ts";
import { overrideKernel } from "../native/override-kernel.ts";

/**
 * Registers kernels for the chains of small operations that a layer with a limited norm runs at every step. Composed of kernels for
 * sums and scalars, a layer would take some fifty calls for them.
 */
export function registerSpectralNormKernels(): void {
  overrideWithChain("Normalise", ["x"]);
  overrideWithChain("SoftCap", ["weight", "normGradient"], "coefficient");
  overrideWithChain("SoftCapGradient", ["dy", "weight", "normGradient"], "coefficient");
  overrideKernel("InvertibleSingularVectors", ({ inputs, attributes, backend, native }) => {
    const [weight, v] = [inputs["weight"]!, inputs["v"]!];
    if (weight.dtype !== "float32" || v.dtype !== "float32") return undefined;
    const [rows, columns] = weight.shape as [number, number];
    const { iterations, transposed } = attributes as { iterations: number; transposed: boolean };
    const outs = [transposed ? rows : columns, v.size].map((size) =>
      backend.makeOutput([1, size], "float32"),
    );
    withScratch({ backend }, 8 * (rows + columns), (scratch) =>
      native["singularVectors"]!(
        ...[weight, v, ...outs].map((tensor) => address(backend, tensor)),
        ...[scratch, rows, columns, transposed ? 1 : 0, iterations],
      ),
    );
    return outs;
  });
}

/** The result has the shape of the first input, and all inputs have as many numbers. */
function overrideWithChain(name: string, inputNames: readonly string[], attribute?: string): void {
  const nativeName = name[0]!.toLowerCase() + name.slice(1);
  overrideKernel(`Invertible${name}`, ({ inputs, attributes, backend, native }) => {
    const operands = inputNames.map((input) => inputs[input]!);
    const { shape, size } = operands[0]!;
    if (operands.some((operand) => operand.dtype !== "float32" || operand.size !== size)) return undefined;
    const out = backend.makeOutput(shape, "float32");
    const constants = attribute === undefined ? [] : [attributes[attribute] as number];
    native[nativeName]!(
      ...[...operands, out].map((tensor) => address(backend, tensor)),
      4 * size,
      ...constants,
    );
    return out;
  });
}
