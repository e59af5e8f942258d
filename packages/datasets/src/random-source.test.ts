import { describe, expect, it } from "vitest";
import { ArgumentError } from "@invertible/errors";
import { checkGeneratorOptions, randomSource } from "./random-source.ts";

describe("randomSource", () => {
  it("repeats under one seed and differs under another", () => {
    const draw = (seed: number) => {
      const random = randomSource(seed);
      return [random.uniform(), random.normal(), random.integer(1000), random.normal()];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it("has the moments of the uniform and the normal", () => {
    const random = randomSource(1);
    const count = 200_000;
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const z = random.normal(2);
      const u = random.uniform(-1, 3);
      expect(u >= -1 && u < 3).toBe(true);
      [z, z * z, u, z * u].forEach((value, k) => (sums[k]! += value / count));
    }
    // The limit is 3.3 standard errors. A sound source fails one of four such checks with probability 0.004, and the seed is
    // fixed.
    expect(Math.abs(sums[0]!)).toBeLessThan(3.3 * (2 / Math.sqrt(count)));
    expect(Math.abs(sums[1]! - 4)).toBeLessThan(3.3 * Math.sqrt(32 / count));
    expect(Math.abs(sums[2]! - 1)).toBeLessThan(3.3 * Math.sqrt(16 / 12 / count));
    // E z^2 u^2 = 4 (16 / 12 + 1)
    expect(Math.abs(sums[3]!)).toBeLessThan(3.3 * Math.sqrt((4 * (16 / 12 + 1)) / count));
  });

  it("draws integers evenly", () => {
    const random = randomSource(2);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++;
    const chiSquare = counts.reduce((total, count) => total + (count - 10_000) ** 2 / 10_000, 0);
    // The 0.999 quantile at 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(22.46);
  });
});

describe("checkGeneratorOptions", () => {
  it.each([
    [{ count: 0, seed: 1 }, "moons: count: expected a positive integer, received 0"],
    [{ count: 1.5, seed: 1 }, "moons: count: expected a positive integer, received 1.5"],
    [{ count: 1, seed: -1 }, "moons: seed: expected an integer in [0, 2^32), received -1"],
    [{ count: 1, seed: 2 ** 32 }, "moons: seed: expected an integer in [0, 2^32), received 4294967296"],
    [{ count: 1, seed: NaN }, "moons: seed: expected an integer in [0, 2^32), received NaN"],
  ])("names %j", (options, message) => {
    let error: unknown;
    try {
      checkGeneratorOptions("moons", options);
    } catch (thrown) {
      error = thrown;
    }
    expect(ArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toBe(message);
  });
});
