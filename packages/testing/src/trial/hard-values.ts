import { concat, fill, mul, reshape, sizeOf, tensor, tidy, zeros } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { Sampler } from "./options.ts";

/** Near and far, as formulas change their form at some size: tanh saturates, splines end, exponentials overflow. */
const magnitudes = [0, 6.5, 0.3, 14, 4, 1, 9, 2.5];

/**
 * Every example has features near 0, exactly 0, and far out beside each other, with random signs: so that one that saturates does not
 * hide another that does not.
 */
export function ladder(shape: Shape): Sampler {
  const size = sizeOf(shape);
  return (batch, random) =>
    tidy(() => {
      const sizes = Float32Array.from(
        { length: batch * size },
        (_, i) => magnitudes[(Math.floor(i / size) + 3 * (i % size)) % magnitudes.length]!,
      );
      return mul(tensor(sizes, [batch, ...shape]), random.rademacher([batch, ...shape]));
    });
}

/** What the kit takes for `tails` where a layer's test gives none. */
export function hardValues(shape: Shape): Sampler[] {
  return [
    (batch, random) => tidy((): Tensor => mul(random.normal([batch, ...shape]), 10)),
    (batch) => zeros([batch, ...shape]),
    (batch) => fill([batch, ...shape], 0.5),
    ladder(shape),
  ];
}

/** `batch` examples of every sampler, one after another. */
export function allOf(samplers: readonly Sampler[], batch: number, random: Random, shape: Shape): Tensor {
  return tidy(() =>
    samplers.length === 0
      ? reshape(tensor([]), [0, ...shape])
      : concat(
          samplers.map((sampler, i) => sampler(batch, random.fold(i))),
          0,
        ),
  );
}
