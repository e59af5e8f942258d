import { readConfig } from "@invertible/bijection";
import {
  checkBetween,
  checkIntegerFrom,
  checkOptions,
  checkPositiveInteger,
  checkShape,
} from "@invertible/errors";
import {
  add,
  checkBatch,
  checkRandom,
  createRandom,
  exp,
  gatherRows,
  logSumExp,
  mul,
  newVariable,
  reshape,
  sizeOf,
  square,
  sub,
  sum,
  tidy,
  zeros,
} from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { BaseDistribution, BaseType } from "./base-distribution.ts";

/** Options of `normalMixture`. */
export interface NormalMixtureOptions {
  /** Shape of z, without the batch axis. */
  readonly shape: Shape;
  /** Number K of components, at least 1. */
  readonly components: number;
  /** The standard deviation of the initial means, which are drawn from a normal density around 0. At least 0; default 1. */
  readonly spread?: number;
  /** Key for the initial means. */
  readonly random: Random;
}

/** A base whose components can be asked for one by one, such as one for each class. */
export interface NormalMixture extends BaseDistribution {
  /** Number K of components. */
  readonly components: number;
  /** Computes log p(z, k) = log p(z | k) - ln K in nats, [B, K], for z [B, ...shape]. Its log-sum-exp over k is log p(z). */
  jointLogProbs(z: Tensor): Tensor;
  /** Draws `count` latents of one component k in 0, ..., K - 1. The inverse of a flow takes them to examples of class k. */
  sampleComponent(
    component: number,
    count: number,
    options: { readonly random: Random; readonly temperature?: number },
  ): Tensor;
}

/**
 * A mixture of K equally probable normal densities, each with a learned mean mu_k and a learned scale:
 *
 *     p(z) = 1/K sum_k N(z; mu_k, exp(2 logScale_k) I).
 *
 * As the base of a flow it gives data of several kinds a latent region each. With one component for each class it is FlowGMM: a head of
 * the same mixture classifies, and examples without a class count in the likelihood alone.
 *
 * `means` [K, ...shape] start at random, because equal components would stay equal; `logScale` [K] starts at 0.
 *
 * @throws ArgumentError for a shape that is not made of positive integers, and for options out of range.
 * @see Izmailov, Kirichenko, Finzi, Wilson (2020), arXiv:1912.13025, where means and scales are fixed
 */
export function normalMixture(options: NormalMixtureOptions): NormalMixture {
  const where = "normalMixture";
  checkOptions(where, options, {
    shape: "required",
    components: "required",
    spread: "optional",
    random: "required",
  });
  const { shape, components, spread = 1, random } = options;
  checkShape(`${where}.shape`, shape);
  checkPositiveInteger(`${where}.components`, components);
  if (spread !== 0) checkBetween(`${where}.spread`, spread, 0, Infinity);
  checkRandom(`${where}.random`, random);
  const dimension = sizeOf(shape);
  const means = newVariable([components, ...shape], () =>
    mul(random.fold("means").normal([components, ...shape]), spread),
  );
  const logScale = newVariable([components], () => zeros([components]));
  const jointLogProbs = (z: Tensor): Tensor => {
    checkBatch(`${where}.jointLogProbs z`, z, shape);
    return tidy(() => {
      const apart = sub(reshape(z, [-1, 1, dimension]), reshape(means, [1, components, dimension]));
      const squares = mul(sum(square(apart), 2), exp(mul(logScale, -2)));
      const perComponent = add(mul(logScale, dimension), (dimension / 2) * Math.log(2 * Math.PI));
      return sub(mul(squares, -0.5), add(perComponent, Math.log(components)));
    });
  };
  /** Latents of the given component for each row. */
  const draw = (of: Int32Array, { random: key, temperature }: { random: Random; temperature: number }) =>
    tidy(() => {
      const scales = reshape(gatherRows(exp(logScale), of), [of.length, ...shape.map(() => 1)]);
      return add(gatherRows(means, of), mul(mul(key.normal([of.length, ...shape]), scales), temperature));
    });

  return Object.freeze({
    name: where,
    shape: Object.freeze([...shape]),
    components,
    parameters: Object.freeze({ means, logScale }),
    config: { shape: [...shape], components },
    jointLogProbs,
    logProb: (z: Tensor) => tidy(() => logSumExp(jointLogProbs(z), 1)),
    sample: (count, { random: key, temperature }) =>
      draw(Int32Array.from(key.fold("component").integers(count, 0, components)), {
        random: key.fold("normal"),
        temperature,
      }),
    sampleComponent(component, count, { random: key, temperature = 1 }) {
      checkIntegerFrom(`${where}.sampleComponent component`, component, 0, components - 1);
      checkPositiveInteger(`${where}.sampleComponent count`, count);
      checkRandom(`${where}.sampleComponent: random`, key);
      checkBetween(`${where}.sampleComponent: temperature`, temperature, 0, Infinity);
      return draw(new Int32Array(count).fill(component), { random: key.fold("normal"), temperature });
    },
  } satisfies NormalMixture);
}

/** Rebuilds a `normalMixture` from its configuration. */
export const normalMixtureType: BaseType = {
  base: "normalMixture",
  build(config) {
    const read = readConfig("normalMixture", config);
    return normalMixture({
      shape: read.shape("shape"),
      components: read.number("components"),
      random: createRandom(1),
    });
  },
};
