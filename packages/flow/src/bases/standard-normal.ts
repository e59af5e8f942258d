import { checkOptions, checkShape } from "@invertible/errors";
import { add, checkBatch, mul, reshape, sizeOf, square, sum, tidy } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { readConfig } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "./base-distribution.ts";

/**
 * The standard normal density, z ~ N(0, I), which has no parameters: log p(z) = -|z|^2 / 2 - D ln(2 pi) / 2 in nats, where D is
 * the number of latents.
 *
 * @throws ArgumentError for a shape that is not made of positive integers.
 */
export function standardNormal(options: { readonly shape: Shape }): BaseDistribution {
  checkOptions("standardNormal", options, { shape: "required" });
  const { shape } = options;
  checkShape("standardNormal.shape", shape);
  const logNormaliser = normalLogNormaliser(shape);
  return Object.freeze({
    name: "standardNormal",
    shape: Object.freeze([...shape]),
    parameters: Object.freeze({}),
    config: { shape: [...shape] },
    logProb(z: Tensor): Tensor {
      checkBatch("standardNormal.logProb z", z, shape);
      return tidy(() => add(mul(sumOfRows(square(z)), -0.5), -logNormaliser));
    },
    sample: (count, { random, temperature }) =>
      tidy(() => mul(random.normal([count, ...shape]), temperature)),
  } satisfies BaseDistribution);
}

/** Rebuilds a `standardNormal` from its configuration. */
export const standardNormalType: BaseType = {
  base: "standardNormal",
  build: (config) => standardNormal({ shape: readConfig("standardNormal", config).shape("shape") }),
};

/** The constant D ln(2 pi) / 2 of a normal density with D elements. */
export function normalLogNormaliser(shape: Shape): number {
  return 0.5 * Math.log(2 * Math.PI) * sizeOf(shape);
}

/**
 * Sums each example over all its axes, [B, ...] -> [B]. Reshaping to a size of -1 would not do, since that size is undetermined
 * for an empty batch.
 */
export function sumOfRows(x: Tensor): Tensor {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  return sum(x.rank === 2 ? x : reshape(x, [batch, sizeOf(shape)]), 1);
}
