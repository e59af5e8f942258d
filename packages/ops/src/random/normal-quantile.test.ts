import { expect, it } from "vitest";
import { normalQuantile } from "./normal-quantile.ts";

// Exact values by mpmath, sqrt(2) erfinv(2p - 1).
it.each([
  [0.5, 0],
  [0.25, -0.6744897501960817],
  [0.075, -1.439531470938456],
  [0.9, 1.2815515655446004],
  [0.975, 1.959963984540054],
  [0.001, -3.090232306167813],
  [1e-6, -4.753424308822899],
  [2 ** -33, -6.337957754553789],
])("is the quantile of the standard normal at %d", (p, expected) => {
  // The relative accuracy stated for PPND7 is about 1e-7.
  expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(2e-7 * Math.abs(expected));
});

it("is odd about one half and increasing", () => {
  let previous = -Infinity;
  for (let i = 1; i < 4096; i++) {
    const z = normalQuantile(i / 4096);
    expect(z).toBeGreaterThan(previous);
    expect(normalQuantile(1 - i / 4096)).toBeCloseTo(-z, 12);
    previous = z;
  }
});
