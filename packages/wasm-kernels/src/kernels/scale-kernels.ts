import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import { withScratch } from "../native/split.ts";

/** Registers kernels that multiply channels by exp(factor * logScale), and sum their gradient up. */
export function registerScaleKernels(): void {
  overrideWithScale("ScaleByExp", ["x", "logScale"], (inputs) => inputs["x"]!.shape);
  overrideWithScale("ScaleByExpGradient", ["dy", "x", "logScale"], (inputs) => inputs["logScale"]!.shape);
}

type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

function overrideWithScale(
  name: string,
  inputNames: readonly string[],
  shapeOf: (inputs: Shapes) => readonly number[],
): void {
  const nativeName = name[0]!.toLowerCase() + name.slice(1);
  overrideKernel(`Invertible${name}`, ({ inputs, attributes, backend, native }) => {
    const operands = inputNames.map((input) => inputs[input]!);
    const columns = inputs["logScale"]!.size;
    if (columns === 0 || operands.some(({ dtype }) => dtype !== "float32")) return undefined;
    const out = backend.makeOutput(shapeOf(inputs), "float32");
    withScratch({ backend }, 4 * columns, (scales) =>
      native[nativeName]!(
        ...[...operands, out].map((tensor) => address(backend, tensor)),
        ...[scales, inputs["x"]!.size / columns, columns, attributes["factor"] as number],
      ),
    );
    return out;
  });
}
