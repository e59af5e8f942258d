import { describe, expect, it } from "vitest";
import { digitStrokes } from "./digit-strokes.ts";
import { glyphs } from "./glyphs.ts";
import { paintLines } from "./paint-lines.ts";
import { traceStroke } from "./trace-stroke.ts";

const pixels = 28 * 28;

describe("glyphs", () => {
  it("are 28 x 28 bytes with labels, repeat under one seed, and do not depend on the count", () => {
    const set = glyphs({ count: 50, seed: 1 });
    expect(set.shape).toEqual([28, 28, 1]);
    expect(set.values).toBeInstanceOf(Uint8Array);
    expect(set.values.length).toBe(50 * pixels);
    expect(set.labels.length).toBe(50);
    expect(glyphs({ count: 50, seed: 1 })).toEqual(set);
    expect(glyphs({ count: 20, seed: 1 }).values).toEqual(set.values.slice(0, 20 * pixels));
    expect(glyphs({ count: 50, seed: 2 }).values).not.toEqual(set.values);
  });

  it("have every digit equally often, no two images alike, paper at the border, ink and grey inside", () => {
    const { values, labels, count } = glyphs({ count: 5000, seed: 3 });
    const sizes = new Array<number>(10).fill(0);
    for (const label of labels) sizes[label]!++;
    // 0.999 quantile of chi-square with 9 degrees of freedom.
    expect(sizes.reduce((total, size) => total + (size - 500) ** 2 / 500, 0)).toBeLessThan(27.88);
    const images = Array.from({ length: count }, (_, i) => values.subarray(i * pixels, (i + 1) * pixels));
    expect(new Set(images.map((image) => image.join())).size).toBe(count);
    for (const image of images) {
      for (let k = 0; k < 28; k++) {
        expect(image[k]! + image[27 * 28 + k]! + image[28 * k]! + image[28 * k + 27]!).toBe(0);
      }
      expect(image.filter((value) => value === 255).length).toBeGreaterThan(5);
      expect(image.filter((value) => value > 0 && value < 255).length).toBeGreaterThan(10);
    }
  });

  it("are legible: the nearest of 3000 other glyphs has the same label 97 times in 100", () => {
    const known = glyphs({ count: 3000, seed: 4 });
    const asked = glyphs({ count: 300, seed: 5 });
    let right = 0;
    for (let i = 0; i < asked.count; i++) {
      let [nearest, label] = [Infinity, -1];
      for (let j = 0; j < known.count; j++) {
        let distance = 0;
        for (let k = 0; k < pixels && distance < nearest; k++) {
          const difference = asked.values[i * pixels + k]! - known.values[j * pixels + k]!;
          distance += difference * difference;
        }
        if (distance < nearest) [nearest, label] = [distance, known.labels[j]!];
      }
      if (label === asked.labels[i]) right++;
    }
    expect(right / asked.count).toBeGreaterThan(0.97);
  });

  it("names bad options", () => {
    expect(() => glyphs({ count: -1, seed: 1 })).toThrow(
      "glyphs: count: expected a positive integer, received -1",
    );
  });
});

describe("paintLines", () => {
  const paint = (line: [number, number][], thickness: number) => {
    const image = new Uint8Array(25);
    paintLines([line], thickness, image, 5);
    return Array.from({ length: 5 }, (_, row) => [...image.subarray(5 * row, 5 * row + 5)]);
  };

  it("covers whole and half pixels along the grid", () => {
    // A pen 2 wide at height 2.5 covers 1.5..3.5: half of rows 1 and 3, all of row 2.
    const row = (value: number) => [value, value, value, value, value];
    expect(
      paint(
        [
          [-5, 2.5],
          [10, 2.5],
        ],
        2,
      ),
    ).toEqual([row(0), row(128), row(255), row(128), row(0)]);
  });

  it("paints a round dot for a chain without length and leaves the far corner empty", () => {
    const image = paint(
      [
        [2.5, 2.5],
        [2.5, 2.5],
      ],
      1,
    );
    expect(image[2]).toEqual([0, 0, 255, 0, 0]);
    expect(image[1]).toEqual([0, 0, 0, 0, 0]);
  });

  it("ignores what lies outside the image", () => {
    expect(
      paint(
        [
          [-20, -20],
          [-10, -20],
        ],
        3,
      )
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
  });
});

describe("traceStroke", () => {
  it("passes through every point of a smooth stroke", () => {
    for (const stroke of digitStrokes.flat(2)) {
      const traced = traceStroke(stroke);
      for (const point of stroke.points) {
        expect(Math.min(...traced.map((at) => Math.hypot(at[0] - point[0], at[1] - point[1])))).toBeLessThan(
          1e-12,
        );
      }
    }
  });

  it("keeps collinear points on their line", () => {
    const traced = traceStroke({
      path: "smooth",
      points: [
        [0, 0],
        [1, 2],
        [2, 4],
        [3, 6],
      ],
    });
    for (const [x, y] of traced) expect(y).toBeCloseTo(2 * x, 12);
  });
});
