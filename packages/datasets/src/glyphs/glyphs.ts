import { checkOptions } from "@invertible/errors";
import type { ExampleSet, GeneratorOptions } from "../example-set.ts";
import { checkGeneratorOptions, randomSource } from "../random-source.ts";
import type { RandomSource } from "../random-source.ts";
import { digitStrokes } from "./digit-strokes.ts";
import type { Point } from "./digit-strokes.ts";
import { paintLines } from "./paint-lines.ts";
import { traceStroke } from "./trace-stroke.ts";

const side = 28;

/**
 * Generates drawn digits: 28 x 28 grey images of 0..9, all equally likely, with light ink (255) on dark paper (0) as in MNIST.
 * Each image picks one way to write its digit, moves the points of the strokes at random, and varies width, height, slant,
 * rotation, thickness and place. Edges are anti-aliased.
 *
 * Examples have the shape [28, 28, 1], bytes 0..255 and labels 0..9. Image i depends only on the seed and on i, not on the
 * count.
 *
 * @throws ArgumentError for a count or seed outside its range.
 *
 * @example
 * ```ts
 * const { values, labels } = glyphs({ count: 100, seed: 1 });
 * ```
 */
export function glyphs(options: GeneratorOptions): ExampleSet<Uint8Array> & { readonly labels: Uint8Array } {
  checkOptions("glyphs", options, { count: "required", seed: "required" });
  checkGeneratorOptions("glyphs", options);
  const { count, seed } = options;
  const random = randomSource(seed);
  const values = new Uint8Array(count * side * side);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const digit = random.integer(10);
    labels[i] = digit;
    drawDigit(digit, random, values.subarray(i * side * side, (i + 1) * side * side));
  }
  return { values, shape: [side, side, 1], count, labels };
}

function drawDigit(digit: number, random: RandomSource, image: Uint8Array): void {
  const ways = digitStrokes[digit]!;
  const strokes = ways[random.integer(ways.length)]!;
  const place = randomPlacement(random);
  // Strokes that meet share a point. Equal points are moved alike, so that the strokes stay joined.
  const moved = new Map<string, Point>();
  const move = (point: Point): Point => {
    const known = moved.get(point.join());
    if (known) return known;
    const fresh: Point = [point[0] + random.normal(0.022), point[1] + random.normal(0.022)];
    moved.set(point.join(), fresh);
    return fresh;
  };
  const lines = strokes.map(({ path, points }) => traceStroke({ path, points: points.map(move) }).map(place));
  paintLines(lines, random.uniform(1.7, 3.3), image, side);
}

/** A random map from the unit square into the image, which stretches, slants, rotates and shifts. */
function randomPlacement(random: RandomSource): (point: Point) => Point {
  const height = random.uniform(16, 20);
  const width = height * random.uniform(0.62, 0.92);
  const slant = limit(0.12 + random.normal(0.14), 0.45);
  const turn = limit(random.normal(0.07), 0.2);
  const centre = [
    side / 2 + limit(random.normal(0.7), 1.5),
    side / 2 + limit(random.normal(0.7), 1.5),
  ] as const;
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  return ([x, y]) => {
    const down = (y - 0.5) * height;
    const right = (x - 0.5) * width - slant * down;
    return [centre[0] + cosine * right - sine * down, centre[1] + sine * right + cosine * down];
  };
}

function limit(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}
