import { expect, it } from "vitest";
import { normalQuantile } from "./normal-quantile.ts";

// Exact values by mpmath, sqrt(2) erfinv(2p - 1), at 30 digits.
it.each([
  [0.5, 0],
  [0.25, -0.674489750196081743],
  [0.075, -1.43953147093845592],
  [0.9, 1.28155156554460046],
  [0.975, 1.95996398454005424],
  [0.001, -3.09023230616781354],
  [1e-6, -4.75342430882289895],
  [2 ** -33, -6.33795775455378925],
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
