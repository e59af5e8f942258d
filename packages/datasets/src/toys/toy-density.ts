import type { ExampleSet, GeneratorOptions } from "../example-set.ts";
import { checkGeneratorOptions, randomSource } from "../random-source.ts";
import type { RandomSource } from "../random-source.ts";

/** A distribution on the plane that can be sampled, and evaluated if it has a density. */
export interface ToyDensity {
  /** Its name, as in `toyDensities`. */
  readonly name: string;
  /**
   * Draws independent points, [count, 2]. If the distribution has components, the label of each point is its component.
   *
   * @throws ArgumentError for a count or seed outside its range.
   */
  generate(options: GeneratorOptions): ExampleSet<Float32Array>;
  /**
   * The differential entropy -E log p(x) in nats per example. No model has an expected negative log-likelihood below it. It is
   * -Infinity for a distribution on a curve, which has no density.
   */
  readonly entropy: number;
  /** Computes log p(x, y) in nats, which is -Infinity outside the support. It is null for a distribution on a curve. */
  readonly logDensity: ((x: number, y: number) => number) | null;
  /** A square that holds all but about 1e-6 of the mass: [lowest, highest] of both coordinates. */
  readonly extent: readonly [number, number];
}

/** Draws one point and, if there are components, the index of its component. */
export type Draw = (random: RandomSource) => readonly [x: number, y: number, component?: number];

/** Makes a toy density from a function that draws one point. */
export function defineToyDensity({
  draw,
  ...density
}: Omit<ToyDensity, "generate"> & { draw: Draw }): ToyDensity {
  return Object.freeze({
    ...density,
    generate(options: GeneratorOptions): ExampleSet<Float32Array> {
      checkGeneratorOptions(density.name, options);
      const { count, seed } = options;
      const random = randomSource(seed);
      const values = new Float32Array(2 * count);
      const labels = new Uint8Array(count);
      let labelled = false;
      for (let i = 0; i < count; i++) {
        const [x, y, component] = draw(random);
        values[2 * i] = x;
        values[2 * i + 1] = y;
        if (component === undefined) continue;
        labels[i] = component;
        labelled = true;
      }
      return { values, shape: [2], count, ...(labelled ? { labels } : {}) };
    },
  });
}
