import { expect, it } from "vitest";
import { gaussLegendre } from "./gauss-legendre.ts";

it.each([2, 3, 5, 16, 400])("integrates polynomials of degree 2 x %d - 1 on [-1, 3]", (size) => {
  const nodes = gaussLegendre(size, -1, 3);
  for (const degree of new Set([0, 1, 2 * size - 2, 2 * size - 1])) {
    // Centred and scaled, so that high powers stay of size 1.
    const power = (x: number) => ((x - 1) / 2) ** degree;
    const integral = nodes.reduce((total, { at, weight }) => total + weight * power(at), 0);
    expect(integral).toBeCloseTo(degree % 2 === 0 ? 4 / (degree + 1) : 0, 12);
  }
});

it("puts 2 nodes at +-1/sqrt(3)", () => {
  const [first, second] = gaussLegendre(2, -1, 1);
  expect(first!.at).toBeCloseTo(-1 / Math.sqrt(3), 14);
  expect(second!.weight).toBeCloseTo(1, 14);
});
