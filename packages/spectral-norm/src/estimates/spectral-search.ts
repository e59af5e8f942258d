import { tidy } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { estimateAt, estimateShapes } from "./estimate.ts";
import { improve, isDirect } from "./leading-vector.ts";
import { builtAtEachUse } from "./measured-family.ts";
import type { MeasuredFamily } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";
import { normalise } from "./normalise.ts";
import { operatorNorm } from "./operator-norm.ts";
import { singularVectors } from "./power-iteration.ts";

/**
 * Sizes of the rounds at construction, where no number can be read back. Together they reach 1e-5 or better on 3x3
 * convolutions.
 */
const startRounds = [24, 24];

/** Finds the largest singular value, which is the norm from l_2 to l_2. */
export function spectralSearch(family: MeasuredFamily, random: Random): NormSearch {
  return {
    family,
    shapes: (weight) => estimateShapes(family, weight),
    start: (weight) =>
      tidy(() => {
        const operator = family.operator(weight);
        let v = normalise(random.normal([1, ...family.inputShape]));
        for (const rounds of isDirect(v.size) ? [1] : startRounds) v = improve(operator, v, rounds);
        return estimateAt(family, normalise(operator.apply(v)), v, weight);
      }),
    step: (weight, start, iterations) =>
      tidy(() => {
        const { u, v } = singularVectors(family.operator(weight), start!, iterations);
        return estimateAt(family, u, v, weight);
      }),
    async converge(weight, start, options) {
      const operator = builtAtEachUse(family, weight);
      const { v, ...result } = await operatorNorm(operator, start!, options);
      return {
        ...result,
        estimate: tidy(() => estimateAt(family, normalise(operator.apply(v)), v, weight)),
      };
    },
  };
}
