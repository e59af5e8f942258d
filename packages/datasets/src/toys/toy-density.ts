import type { ExampleSet, GeneratorOptions } from "../example-set.ts";
import { checkGeneratorOptions, randomSource } from "../random-source.ts";
import type { RandomSource } from "../random-source.ts";

/** A density on the plane that can be sampled, and evaluated where it has a density. */
export interface ToyDensity {
  readonly name: string;
  /** Independent points as [count, 2], with the component of each as its label where there are components. */
  generate(options: GeneratorOptions): ExampleSet<Float32Array>;
  /**
   * Differential entropy -E log p(x) in nats per example: no model's expected negative log-likelihood is below it.
   * -Infinity for a distribution on a curve, which has no density.
   */
  readonly entropy: number;
  /** log p(x, y) in nats, -Infinity outside the support; null for a distribution on a curve. */
  readonly logDensity: ((x: number, y: number) => number) | null;
  /** A square that holds all but about 1e-6 of the mass: [lowest, highest] of both coordinates. */
  readonly extent: readonly [number, number];
}

/** One point and, where there are components, the index of its component. */
export type Draw = (random: RandomSource) => readonly [x: number, y: number, component?: number];

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
