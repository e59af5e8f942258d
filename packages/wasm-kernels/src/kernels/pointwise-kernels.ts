import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";

/** Functions with a native kernel: the kernel `Invertible<Name>` is called `name` among them. */
const functions = [
  "Exp",
  "Expm1",
  "SigmoidDerivative",
  "Softplus",
  "Tanh",
  "TanhDerivative",
  "EluDerivative",
  "EluSecondDerivative",
  "SwishDerivative",
  "SwishSecondDerivative",
  "Relu",
  "Sin",
  "Cos",
  "Pila",
  "Pila1",
  "Pila2",
];
/** And those whose product with dy has one: `Invertible<Name>Times`. */
const products = [
  "Exp",
  "SigmoidDerivative",
  "TanhDerivative",
  "EluDerivative",
  "EluSecondDerivative",
  "SwishDerivative",
  "SwishSecondDerivative",
  "Cos",
  "Positive",
  "Pila1",
  "Pila2",
].map((name) => `${name}Times`);

/**
 * The stock kernels call the C library for each number; these do four at once, 5 to 25 times as fast. The stock sigmoid and
 * elu are vectorised already.
 */
export function registerPointwiseKernels(): void {
  for (const name of functions) overrideWithMap(name, ["x"]);
  for (const name of products) overrideWithMap(name, ["dy", "x"]);
  for (const name of ["LipSwish", "LipSwishSlope"]) overrideWithMap(name, ["x", "b"]);
  for (const name of ["Slope", "ByBeta", "Curvature", "SlopeByBeta"])
    overrideWithMap(`LipSwish${name}Times`, ["dy", "x", "b"]);
  for (const name of ["Maximum", "Minimum"]) overrideWithMap(name, ["a", "b"]);

  overrideKernel("InvertibleClip", ({ inputs, attributes, backend, native }) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32") return undefined;
    const { low, high } = attributes as { low: number; high: number };
    const out = backend.makeOutput(x.shape, "float32");
    native["clip"]!(address(backend, x), address(backend, out), 4 * x.size, low, high);
    return out;
  });
}

/** The result has the shape of the first input. */
function overrideWithMap(name: string, inputNames: readonly string[]): void {
  const nativeName = name[0]!.toLowerCase() + name.slice(1);
  overrideKernel(`Invertible${name}`, ({ inputs, backend, native }) => {
    const operands = inputNames.map((input) => inputs[input]!);
    if (operands.some(({ dtype }) => dtype !== "float32")) return undefined;
    const out = backend.makeOutput(operands[0]!.shape, "float32");
    const addresses = [...operands, out].map((tensor) => address(backend, tensor));
    native[nativeName]!(...addresses, 4 * operands[0]!.size);
    return out;
  });
}
