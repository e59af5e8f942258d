import { tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { improve, isDirect } from "./leading-vector.ts";
import { builtAtEachUse } from "./measured-family.ts";
import type { MeasuredFamily } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";
import { normalise } from "./normalise.ts";
import { operatorNorm } from "./operator-norm.ts";
import { powerIteration } from "./power-iteration.ts";

/**
 * Sizes of the rounds at construction, where no number can be read back. Together they reach 1e-5 or better on 3x3
 * convolutions.
 */
const startRounds = [24, 24];

/** Finds the largest singular value, which is the norm from l_2 to l_2. */
export function spectralSearch(family: MeasuredFamily, random: Random): NormSearch {
  const found = (u: Tensor, v: Tensor, weight: Tensor) => ({
    vector: v,
    normGradient: family.normGradient(u, v, weight),
  });
  return {
    start: (weight) =>
      tidy(() => {
        const operator = family.operator(weight);
        let v = normalise(random.normal([1, ...family.inputShape]));
        for (const rounds of isDirect(v.size) ? [1] : startRounds) v = improve(operator, v, rounds);
        return found(normalise(operator.apply(v)), v, weight);
      }),
    step: (weight, vector, iterations) =>
      tidy(() => {
        const { u, v } = powerIteration(family.operator(weight), vector!, iterations);
        return found(u, v, weight);
      }),
    async converge(weight, vector, options) {
      const operator = builtAtEachUse(family, weight);
      const { v, ...result } = await operatorNorm(operator, vector!, options);
      const normGradient = tidy(() => family.normGradient(normalise(operator.apply(v)), v, weight));
      return { ...result, vector: v, normGradient };
    },
  };
}
