import { NonFiniteError } from "@invertible/errors";
import { abs, dispose, div, max, maximum, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { NormSearch } from "./norm-search.ts";

/**
 * Weights up to 2^20 are left as they are, bit for bit. The length of A'A v contains their fourth powers, 2^80, which leaves
 * sums of 2^24 such numbers far below float32's largest, 2^128.
 */
const usual = 2 ** -20;

const largestFloat32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * The same search for weights of any size. The fourth powers of weights above 1e9 overflow float32, so large weights are divided by a
 * number first. The norm is linear in the weight: its gradient and the vectors stay the same.
 */
export function forLargeWeights(search: NormSearch): NormSearch {
  return {
    ...search,
    step: (weight, v, iterations) => tidy(() => search.step(atUsualSize(weight), v, iterations)),
    async converge(weight, v, { absoluteTolerance = 0, ...options }) {
      const { scale, scaled } = tidy(() => {
        const scale = scaleOf(weight);
        return { scale, scaled: div<Tensor>(weight, scale) };
      });
      try {
        const factor = (await scale.data())[0]!;
        const relative = { ...options, absoluteTolerance: absoluteTolerance / factor };
        const { norm, ...result } = await search.converge(scaled, v, relative);
        if (!(norm * factor <= largestFloat32)) {
          dispose(result.estimate);
          throw new NonFiniteError(
            `refresh: expected weights of a norm that float32 holds, at most ${largestFloat32}, received one of ${norm * factor}`,
          );
        }
        return { ...result, norm: norm * factor };
      } finally {
        dispose([scale, scaled]);
      }
    },
  };
}

/** The weight, divided by a number where it is large. */
export function atUsualSize(weight: Tensor): Tensor {
  return div(weight, scaleOf(weight));
}

/** A scalar: 1, or what makes the largest weight 2^20. */
function scaleOf(weight: Tensor): Tensor {
  return maximum(mul(max(abs(weight)), usual), 1);
}
