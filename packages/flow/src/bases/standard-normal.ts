import { checkShape } from "@invertible/errors";
import { add, checkBatch, mul, reshape, sizeOf, square, sum, tidy } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { readConfig } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "./base-distribution.ts";

/**
 * z ~ N(0, I) over `shape`: log p(z) = -|z|^2 / 2 - D ln(2 pi) / 2, D the number of elements. Nats.
 *
 * @throws ArgumentError for a shape that is not made of positive integers.
 */
export function standardNormal({ shape }: { readonly shape: Shape }): BaseDistribution {
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

export const standardNormalType: BaseType = {
  base: "standardNormal",
  build: (config) => standardNormal({ shape: readConfig("standardNormal", config).shape("shape") }),
};

/** D ln(2 pi) / 2 */
export function normalLogNormaliser(shape: Shape): number {
  return 0.5 * Math.log(2 * Math.PI) * sizeOf(shape);
}

/** [B, ...] -> [B]. Not by a size of -1, which an empty batch leaves open. */
export function sumOfRows(x: Tensor): Tensor {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  return sum(x.rank === 2 ? x : reshape(x, [batch, sizeOf(shape)]), 1);
}
