import { dualExponent } from "@invertible/certificates";
import type { Norms } from "@invertible/certificates";
import { reshape, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { closedFormSearch } from "./closed-form-search.ts";
import { dualSearch } from "./dual-search.ts";
import { estimateAt } from "./estimate.ts";
import { forLargeWeights } from "./large-weights.ts";
import { matrixVectors } from "./matrix-vectors.ts";
import { atSmallerEnd, transposed } from "./measured-family.ts";
import type { MeasuredFamily } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";
import { spectralSearch } from "./spectral-search.ts";

/**
 * Chooses how to find the norm: by singular vectors, by the closed form, or by dual power iteration, whichever applies first.
 */
export function chooseNormSearch(
  family: MeasuredFamily,
  norms: Norms,
  weight: Tensor,
  random: Random,
): NormSearch {
  const search = forLargeWeights(choose(family, norms, weight, random));
  const { matrix, inputShape, outputShape } = search.family;
  if (matrix === undefined || norms.domain !== 2 || norms.codomain !== 2) return search;
  return {
    ...search,
    step: (present, start, iterations) =>
      tidy(() => {
        const { u, v } = matrixVectors(matrix, present, reshape(start!, [1, -1]), iterations);
        return estimateAt(
          search.family,
          reshape(u, [1, ...outputShape]),
          reshape(v, [1, ...inputShape]),
          present,
        );
      }),
  };
}

function choose(
  family: MeasuredFamily,
  { domain, codomain }: Norms,
  weight: Tensor,
  random: Random,
): NormSearch {
  if (domain === 2 && codomain === 2)
    return spectralSearch(atSmallerEnd(family, { domain, codomain }).family, random);
  // Every entry of an operator with a known structure is an entry of the weight, or 0. The closed form needs this.
  if (tidy(() => family.operator(weight).structure !== undefined)) {
    if (domain === 1) return closedFormSearch(family, codomain);
    if (codomain === Infinity) return closedFormSearch(transposed(family), dualExponent(domain));
  }
  return dualSearch(atSmallerEnd(family, { domain, codomain }), random);
}
