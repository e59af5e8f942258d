import { createRandom, dispose, gradients, memory, mul, reshape, sum, tensor, tidy } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { expect } from "vitest";

/**
 * Compares f at `x`, the gradient g of <w, f> and the gradient of <v, g>, for random w and v, with central differences of a
 * reference in float64. `tolerance` is relative to the largest entry of each.
 */
export async function checkDerivatives(
  f: (x: Tensor) => Tensor,
  reference: (x: readonly number[]) => readonly number[],
  x: readonly number[],
  shape: Shape,
  tolerance: number,
): Promise<void> {
  const at = tensor([...x], [...shape]);
  const before = memory().numTensors;
  const value = f(at);
  const w = createRandom(101).uniformArray(value.size);
  const v = createRandom(102).uniformArray(x.length);
  const along = (y: Tensor) => sum(mul(reshape(f(y), [-1]), tensor(w)));
  const slope = (y: Tensor) => gradients((z) => along(z!), [y])[0]!;
  const steep = (y: Tensor) => sum(mul(reshape(slope(y), [-1]), tensor(v)));
  const first = tidy(() => slope(at));
  const second = tidy(() => gradients((z) => steep(z!), [at])[0]!);
  const got = await Promise.all([value, first, second].map((t) => t.data()));
  dispose([value, first, second]);
  expect(memory().numTensors, "tensors left over").toBe(before);
  dispose(at);

  const along64 = (y: readonly number[]) => reference(y).reduce((total, r, i) => total + r * w[i]!, 0);
  const moved = (i: number, by: number, times: number) =>
    x.map((entry, j) => entry + times * v[j]! + (i === j ? by : 0));
  // Errors of order h^4. Small steps, for differences must not straddle a kink.
  const central = (g: (h: number) => number, h: number) =>
    (8 * (g(h) - g(-h)) - (g(2 * h) - g(-2 * h))) / (12 * h);
  const want = [
    reference(x),
    x.map((_, i) => central((h) => along64(moved(i, h, 0)), 1e-4)),
    x.map((_, i) => central((t) => central((h) => along64(moved(i, h, t)), 1e-4), 1e-4)),
  ];
  want.forEach((numbers, order) => {
    const scale = Math.max(1e-3, ...numbers.map(Math.abs));
    const error = Math.max(...numbers.map((n, i) => Math.abs(n - got[order]![i]!))) / scale;
    expect(error, `order ${order}: expected ${numbers.join()}, received ${got[order]!.join()}`).toBeLessThan(
      tolerance,
    );
  });
}
