import { describe, expect, it } from "vitest";
import { integrate } from "../../test-support/toy-densities.ts";
import { toyDensities } from "./toy-densities.ts";
import type { ToyDensityName } from "./toy-densities.ts";
import * as generators from "./generators.ts";

const names = Object.keys(toyDensities) as ToyDensityName[];
const smooth = ["moons", "8gaussians", "2spirals", "swissroll", "circles", "rings", "pinwheel"] as const;
const withDensity = [...smooth, "checkerboard", "checkerboard-45"] as const;

describe.each(names)("%s", (name) => {
  const density = toyDensities[name];

  it("is named as in the table and repeats under one seed", () => {
    expect(density.name).toBe(name);
    const one = density.generate({ count: 500, seed: 4 });
    expect(one.shape).toEqual([2]);
    expect(one.count).toBe(500);
    expect(one.values.length).toBe(1000);
    expect(density.generate({ count: 500, seed: 4 })).toEqual(one);
    expect(density.generate({ count: 500, seed: 5 }).values).not.toEqual(one.values);
    expect(density.generate({ count: 200, seed: 4 }).values).toEqual(one.values.slice(0, 400));
  });

  it("lies inside its extent, except for about one point in a million", () => {
    const { values, count } = density.generate({ count: 100_000, seed: 6 });
    const [low, high] = density.extent;
    const outside = values.filter((value) => value < low || value > high).length;
    expect(outside / count).toBeLessThanOrEqual(1e-4);
  });

  it("names a bad count", () => {
    expect(() => density.generate({ count: 0, seed: 1 })).toThrow(
      `${name}: count: expected a positive integer, received 0`,
    );
  });
});

describe.each(smooth)("%s: density and entropy", (name) => {
  it("integrates to 1, and its entropy is the stated number to 1e-6", () => {
    const cells = { rings: 300, pinwheel: 200 }[name as string] ?? 160;
    const { mass, entropy } = integrate(toyDensities[name], cells, 0.5);
    expect(Math.abs(mass - 1)).toBeLessThan(1e-6);
    expect(Math.abs(entropy - toyDensities[name].entropy)).toBeLessThan(1e-6);
  });
});

describe.each(withDensity)("%s: generator against density", (name) => {
  const { generate, logDensity, entropy } = toyDensities[name];
  const { values, count, labels } = generate({ count: 20_000, seed: 7 });

  it("has the entropy as its mean -log p", () => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < count; i++) {
      const loss = -logDensity!(values[2 * i]!, values[2 * i + 1]!);
      sum += loss;
      squares += loss * loss;
    }
    const mean = sum / count;
    const standardError = Math.sqrt(Math.max(squares / count - mean * mean, 0) / count);
    // 3.3 standard errors have probability 0.999. Where -log p is constant, rounding counts.
    expect(Math.abs(mean - entropy)).toBeLessThan(3.3 * standardError + 1e-9);
  });

  it("fills cells of the plane as the density says", () => {
    // The mean of -log p alone cannot see a wrong place, but counts on a coarse grid can.
    const [low, high] = toyDensities[name].extent;
    const cells = 8;
    const width = (high - low) / cells;
    const expected = new Float64Array(cells * cells);
    const seen = new Float64Array(cells * cells);
    const fine = 20;
    for (let at = 0; at < cells * cells * fine * fine; at++) {
      const [i, j] = [Math.floor(at / (cells * fine)), at % (cells * fine)];
      const [x, y] = [low + ((i + 0.5) * width) / fine, low + ((j + 0.5) * width) / fine];
      const mass = Math.exp(logDensity!(x, y)) * (width / fine) ** 2;
      expected[Math.floor(i / fine) * cells + Math.floor(j / fine)]! += count * mass;
    }
    for (let i = 0; i < count; i++) {
      const [column, row] = [values[2 * i]!, values[2 * i + 1]!].map((value) =>
        Math.floor((value - low) / width),
      );
      if (column! >= 0 && column! < cells && row! >= 0 && row! < cells) seen[column! * cells + row!]!++;
    }
    let [chiSquare, degrees] = [0, 0];
    expected.forEach((mean, cell) => {
      if (mean < 5) return;
      chiSquare += (seen[cell]! - mean) ** 2 / mean;
      degrees++;
    });
    expect(degrees).toBeGreaterThan(15);
    // 3.3 deviations of the chi-square's normal approximation, plus 1 % for the midpoint rule's own error.
    expect(chiSquare).toBeLessThan(degrees + 3.3 * Math.sqrt(2 * degrees) + 0.01 * degrees);
  });

  it("labels components evenly, where it has any", () => {
    if (name === "checkerboard" || name === "checkerboard-45" || name === "swissroll")
      return expect(labels).toBeUndefined();
    const sizes = new Map<number, number>();
    for (const label of labels!) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    const components = { moons: 2, "8gaussians": 8, "2spirals": 2, circles: 2, rings: 4, pinwheel: 5 }[name];
    expect([...sizes.keys()].sort()).toEqual(Array.from({ length: components }, (_, i) => i));
    for (const size of sizes.values()) {
      const mean = count / components;
      expect(Math.abs(size - mean)).toBeLessThan(4 * Math.sqrt(mean * (1 - 1 / components)));
    }
  });
});

describe("exact definitions", () => {
  it("puts the noiseless points where the literature's code does", () => {
    const means = (name: ToyDensityName, label: number) => {
      const { values, labels, count } = toyDensities[name].generate({ count: 200_000, seed: 8 });
      let [x, y, size] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        if (labels![i] !== label) continue;
        x += values[2 * i]!;
        y += values[2 * i + 1]!;
        size++;
      }
      return [x / size, y / size];
    };
    // The mean of a half circle of radius 2 is 4 / pi above its centre; 100,000 points give 1.5e-2 of 3.3 errors.
    const [outerX, outerY] = means("moons", 0);
    expect(Math.abs(outerX! + 1)).toBeLessThan(1.6e-2);
    expect(Math.abs(outerY! - (4 / Math.PI - 0.2))).toBeLessThan(1.6e-2);
    const [innerX, innerY] = means("moons", 1);
    expect(Math.abs(innerX! - 1)).toBeLessThan(1.6e-2);
    expect(Math.abs(innerY! - (0.8 - 4 / Math.PI))).toBeLessThan(1.6e-2);
    // Component 4 of the eight is at (1, 1) sqrt(1/2) 4 / 1.414.
    const [x, y] = means("8gaussians", 4);
    expect(Math.abs(x! - (4 * Math.SQRT1_2) / 1.414)).toBeLessThan(1e-2);
    expect(Math.abs(y! - (4 * Math.SQRT1_2) / 1.414)).toBeLessThan(1e-2);
  });

  it("puts curves without noise exactly on their curves", () => {
    for (const [name, curve] of [
      ["line", (x: number) => x],
      ["cos", (x: number) => 2.5 * Math.sin(x)],
    ] as const) {
      const { values, count } = toyDensities[name].generate({ count: 1000, seed: 9 });
      for (let i = 0; i < count; i++) expect(values[2 * i + 1]).toBeCloseTo(curve(values[2 * i]!), 6);
      expect(toyDensities[name].entropy).toBe(-Infinity);
      expect(toyDensities[name].logDensity).toBeNull();
    }
  });

  it("gives the checkerboard the entropy ln 32 and nothing on light squares", () => {
    const { entropy, logDensity } = toyDensities.checkerboard;
    expect(entropy).toBe(Math.log(32));
    expect(logDensity!(1, 1)).toBe(-Math.log(32));
    expect(logDensity!(-1, 1)).toBe(-Infinity);
    expect(logDensity!(5, 1)).toBe(-Infinity);
  });

  it("turns the checkerboard by 45 degrees", () => {
    const [board, turned] = [toyDensities.checkerboard, toyDensities["checkerboard-45"]];
    expect(turned.entropy).toBe(Math.log(32));
    const { values } = board.generate({ count: 100, seed: 3 });
    const { values: rotated } = turned.generate({ count: 100, seed: 3 });
    for (let i = 0; i < 200; i += 2) {
      const [x, y] = [values[i]!, values[i + 1]!];
      expect(rotated[i]).toBeCloseTo((x - y) * Math.SQRT1_2, 5);
      expect(rotated[i + 1]).toBeCloseTo((x + y) * Math.SQRT1_2, 5);
    }
    // The corner of the board at (4, 4) is the uppermost one now, and nothing lies beside it.
    expect(turned.logDensity!(0, 5.6)).toBe(-Math.log(32));
    expect(turned.logDensity!(3, 5)).toBe(-Infinity);
  });

  it("keeps far points finite", () => {
    expect(toyDensities.moons.logDensity!(100, 100)).toBeLessThan(-1000);
    expect(Number.isFinite(toyDensities.moons.logDensity!(100, 100))).toBe(true);
  });

  it("offers every generator as a function too", () => {
    const options = { count: 10, seed: 1 };
    expect(generators.twoMoons(options)).toEqual(toyDensities.moons.generate(options));
    expect(generators.twoSpirals(options)).toEqual(toyDensities["2spirals"].generate(options));
    expect(Object.keys(generators).length).toBe(names.length);
  });
});
