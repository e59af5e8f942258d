import { checkOptions, checkShape } from "@invertible/errors";
import { add, checkBatch, clipByValue, log, mul, neg, softplus, sub, tidy } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { readConfig } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "./base-distribution.ts";
import { sumOfRows } from "./standard-normal.ts";

/** Uniform numbers stay this far from 0 and 1, where the logistic quantile is infinite. 1 - 2^-24 is the largest float32 below 1. */
const margin = 2 ** -24;

/**
 * The standard logistic density of every latent, which has no parameters: log p(z) = -sum(ln(1 + e^z) + ln(1 + e^-z)) in nats. Its tails fall
 * like e^-|z|, more slowly than a normal density, and its variance is pi^2 / 3. Samples reach to |z| = 16.6, beyond which lies a part of 1.2e-7.
 *
 * @throws ArgumentError for a shape that is not made of positive integers.
 * @see Dinh, Krueger, Bengio (2015), arXiv 1410.8516, section 5.1, whose models of images have this base
 */
export function standardLogistic(options: { readonly shape: Shape }): BaseDistribution {
  checkOptions("standardLogistic", options, { shape: "required" });
  const { shape } = options;
  checkShape("standardLogistic.shape", shape);
  return Object.freeze({
    name: "standardLogistic",
    shape: Object.freeze([...shape]),
    parameters: Object.freeze({}),
    config: { shape: [...shape] },
    logProb(z: Tensor): Tensor {
      checkBatch("standardLogistic.logProb z", z, shape);
      return tidy(() => neg(sumOfRows(add(softplus(z), softplus(neg(z))))));
    },
    sample: (count, { random, temperature }) =>
      tidy(() => {
        const u = clipByValue(random.uniform([count, ...shape]), margin, 1 - margin);
        return mul(sub(log(u), log(sub(1, u))), temperature);
      }),
  } satisfies BaseDistribution);
}

/** Rebuilds a `standardLogistic` from its configuration. */
export const standardLogisticType: BaseType = {
  base: "standardLogistic",
  build: (config) => standardLogistic({ shape: readConfig("standardLogistic", config).shape("shape") }),
};
