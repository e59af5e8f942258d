import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";

/**
 * Registers kernels for the chains of small operations that a layer with a limited norm runs at every step. Composed of kernels for
 * sums and scalars they cost several times as much as the layer itself.
 */
export function registerSpectralNormKernels(): void {
  overrideWithChain("Normalise", ["x"]);
  overrideWithChain("SoftCap", ["weight", "normGradient"], "coefficient");
  overrideWithChain("SoftCapGradient", ["dy", "weight", "normGradient"], "coefficient");
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
