import { checkOptions, checkShape } from "@invertible/errors";
import { add, checkBatch, exp, mul, neg, square, sub, sum, tidy, variable, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { readConfig } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "./base-distribution.ts";
import { normalLogNormaliser, sumOfRows } from "./standard-normal.ts";

/**
 * A normal density with a learned mean and a learned scale for each latent: z ~ N(mean, diag(exp(logScale))^2). Both parameters
 * are zero at the start, which is the standard normal.
 *
 *     log p(z) = -|(z - mean) / exp(logScale)|^2 / 2 - sum(logScale) - D ln(2 pi) / 2
 *
 * in nats, where D is the number of latents.
 *
 * @throws ArgumentError for a shape that is not made of positive integers.
 * @see Behrmann et al. (2019), arXiv 1811.00995, which uses one over all latents of its density models
 */
export function diagonalNormal(options: { readonly shape: Shape }): BaseDistribution {
  checkOptions("diagonalNormal", options, { shape: "required" });
  const { shape } = options;
  checkShape("diagonalNormal.shape", shape);
  const logNormaliser = normalLogNormaliser(shape);
  const mean = tidy(() => variable(zeros([...shape])));
  const logScale = tidy(() => variable(zeros([...shape])));
  return Object.freeze({
    name: "diagonalNormal",
    shape: Object.freeze([...shape]),
    parameters: Object.freeze({ mean, logScale }),
    config: { shape: [...shape] },
    logProb(z: Tensor): Tensor {
      checkBatch("diagonalNormal.logProb z", z, shape);
      return tidy(() => {
        const standardised = mul(sub(z, mean), exp(neg(logScale)));
        return sub(mul(sumOfRows(square(standardised)), -0.5), add(sum(logScale), logNormaliser));
      });
    },
    sample: (count, { random, temperature }) =>
      tidy(() => add(mean, mul(random.normal([count, ...shape]), mul(exp(logScale), temperature)))),
  } satisfies BaseDistribution);
}

/** Rebuilds a `diagonalNormal` from its configuration. */
export const diagonalNormalType: BaseType = {
  base: "diagonalNormal",
  build: (config) => diagonalNormal({ shape: readConfig("diagonalNormal", config).shape("shape") }),
};
