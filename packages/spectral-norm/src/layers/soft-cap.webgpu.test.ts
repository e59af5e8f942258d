import { countOperations, createRandom, dispose, gradients, tensor, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, expect, it } from "vitest";
import { normalise } from "../estimates/normalise.ts";
import { softCap } from "./soft-cap.ts";

afterAll(() => startBackend("cpu"));

const draws = (seed: number, size: number) => createRandom(seed).fold(size);
/** Numbers w, g, dy; <g, w> is about `sigma`. */
const numbers = (size: number, sigma: number) =>
  tidy(() => {
    const [w, g, dy] = [1, 2, 3].map((seed) => draws(seed, size).normal([size]).dataSync<"float32">());
    const along = w!.reduce((total, x, i) => total + x * g![i]!, 0);
    return [w!.map((x) => (x * sigma) / along), g!, dy!] as const;
  });

const functions: [string, (w: Tensor, g: Tensor, dy: Tensor) => Tensor][] = [
  ["normalise", (w) => normalise(w)],
  ["softCap", (w, g) => softCap(w, g, 0.9)],
  ["the gradient of softCap", (w, g, dy) => gradients((x) => softCap(x!, g, 0.9), [w], dy)[0]!],
];

// One number, fewer and more than a workgroup has threads, and more than the shader takes.
const sizes = [1, 100, 4096, 65_537];
it.each(
  functions.flatMap(([name, f]) =>
    sizes.flatMap((size) => [0.5, 3].map((sigma) => ({ name, f, size, sigma }))),
  ),
)("$name of $size numbers with sigma = $sigma is as on cpu", async ({ f, size, sigma }) => {
  const given = numbers(size, sigma);
  const on = async (backend: "cpu" | "webgpu") => {
    await startBackend(backend);
    const inputs = given.map((values) => tensor(values));
    const result = tidy(() => f(inputs[0]!, inputs[1]!, inputs[2]!));
    const values = await result.data<"float32">();
    dispose([result, ...inputs]);
    return values;
  };
  const [expected, got] = [await on("cpu"), await on("webgpu")];
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  // Sums of so many float32 numbers, whose terms cancel, in different orders.
  const allowed = 3e-6 * Math.sqrt(size) * largest;
  got.forEach((x, i) => expect(Math.abs(x - expected[i]!), `${i}`).toBeLessThanOrEqual(allowed));
});

// The gradient also computes the value.
it.each(functions.map(([name, f], i) => [name, f, i < 2 ? 1 : 2] as const))(
  "%s takes one shader, and keeps NaN",
  async (_, f, shaders) => {
    await startBackend("webgpu");
    const [w, g] = [tensor([1, NaN, 2]), tensor([0.5, 0.5, 0.5])];
    const { result, operations } = await countOperations(() => f(w, g, g));
    expect(operations.kernelCalls).toBe(shaders);
    expect([...(await result.data())]).toEqual([NaN, NaN, NaN]);
    dispose([result, w, g]);
  },
);
