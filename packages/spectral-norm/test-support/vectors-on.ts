import { createRandom, dense, dispose, mul, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { matrixVectors } from "../src/estimates/matrix-vectors.ts";
import { singularVectors } from "../src/estimates/power-iteration.ts";
import { transpose } from "../src/estimates/transpose.ts";

/** A power iteration of a random matrix. */
export interface Iteration {
  readonly size: readonly [rows: number, columns: number];
  readonly transposed?: boolean;
  readonly iterations?: number;
  /** A factor of the matrix. Default 1. */
  readonly scale?: number;
}

/** Sizes with one number, with fewer and with more than a vector of four or a workgroup has. */
export const iterations: readonly Iteration[] = (
  [
    [1, 1],
    [1, 5],
    [3, 2],
    [2, 64],
    [64, 64],
    [33, 17],
    [150, 3],
  ] as const
).flatMap((size) =>
  [false, true].flatMap((transposed) => [1, 4].map((n) => ({ size, transposed, iterations: n }))),
);

/** The singular vectors that the kernel of a backend finds. On cpu they come from the operators. */
export async function vectorsOn(backend: "cpu" | "wasm" | "webgpu", iteration: Iteration) {
  const { size, transposed = false, iterations: count = 1, scale = 1 } = iteration;
  const [rows, columns] = size;
  const random = createRandom(5);
  await startBackend(backend);
  const { u, v } = tidy(() => {
    const weight = mul(random.fold(rows * columns).normal([rows, columns]), scale);
    const start = random.fold("v").normal([1, transposed ? columns : rows]);
    if (backend !== "cpu") return matrixVectors({ rows, columns, transposed }, weight, start, count);
    const operator = dense(weight);
    return singularVectors(transposed ? transpose(operator) : operator, start, count);
  });
  const found = {
    u: await u.data<"float32">(),
    v: await v.data<"float32">(),
    shapes: { u: u.shape, v: v.shape },
  };
  dispose([u, v]);
  return found;
}

/** The largest difference between two results of `vectorsOn`. */
export function difference(
  a: Awaited<ReturnType<typeof vectorsOn>>,
  b: Awaited<ReturnType<typeof vectorsOn>>,
): number {
  const of = (name: "u" | "v") => Math.max(...a[name].map((x, i) => Math.abs(x - b[name][i]!)));
  return Math.max(of("u"), of("v"));
}
