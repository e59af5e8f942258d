import type { VectorNorm } from "@invertible/certificates";
import { NonFiniteError } from "@invertible/errors";
import { abs, add, dispose, div, max, mul, ones, reshape, sizeOf, step, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { dualRows, onlyLargest, power, signs } from "../norms/dual-rows.ts";
import { estimateShapes, normGradientOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import type { MeasuredFamily } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";
import { linearNorm } from "./linear-norm.ts";

/**
 * Finds the norm from l_1 to l_q, which is the largest q-norm of a column. It is exact at every refresh; nothing is iterated,
 * and no starting vector has to be kept.
 *
 * Every entry of the operator is an entry of the weight, or 0. So the operator of |W|^q has the entries |A|^q, and its adjoint
 * applied to ones gives the sums of all columns. The columns of a convolution differ near the borders and, at stride 2, by
 * parity. Of several largest columns the first is taken.
 */
export function closedFormSearch(family: MeasuredFamily, q: VectorNorm): NormSearch {
  const find = (weight: Tensor) =>
    tidy(() => (q === Infinity ? largestEntry(family, weight) : largestColumn(family, weight, q)));
  return {
    family,
    shapes: (weight) => (family.rankOne ? estimateShapes(family, weight) : { normGradient: weight }),
    start: find,
    step: find,
    async converge(weight) {
      const estimate = find(weight);
      const sigma = tidy(() => linearNorm(weight, normGradientOf(family, estimate, weight)));
      const norm = (await sigma.data().finally(() => dispose(sigma)))[0]!;
      if (!Number.isFinite(norm)) {
        dispose(estimate);
        throw new NonFiniteError(
          `closedFormSearch: expected products with the weights that float32 holds, received a norm of ${norm}`,
        );
      }
      return { estimate, norm, iterations: 1, converged: true };
    },
  };
}

function largestColumn(family: MeasuredFamily, weight: Tensor, q: VectorNorm): Estimate {
  const { inputShape, outputShape } = family;
  // Computed relative to the largest entry, so that no power overflows.
  const relative = div(abs(weight), add(max(abs(weight)), 1e-30));
  const sums = family.operator(power(relative, q)).adjoint(ones([1, ...outputShape]));
  const column = onlyLargest(reshape(sums, [1, sizeOf(inputShape)]));
  const v = reshape(column, [1, ...inputShape]);
  const image = family.operator(weight).apply(v);
  const u = reshape(dualRows(reshape(image, [1, sizeOf(outputShape)]), q), [1, ...outputShape]);
  return family.rankOne ? { u, v } : { normGradient: family.normGradient(u, v, weight) };
}

/**
 * The norm from l_1 to l_infinity is the largest weight that the operator uses. An image can be so small that some entries of the
 * kernel meet only padding.
 */
function largestEntry(family: MeasuredFamily, weight: Tensor): Estimate {
  const { inputShape, outputShape, normGradient } = family;
  const used = step(normGradient(ones([1, ...outputShape]), ones([1, ...inputShape]), weight));
  const entries = reshape(mul(abs(weight), used), [1, weight.size]);
  const gradient = mul(reshape(onlyLargest(entries), weight.shape), signs(weight));
  if (!family.rankOne) return { normGradient: gradient };
  // The gradient has a single entry. So this sums one number and zeros, and u and v are unit vectors apart from a sign.
  const u = family.operator(gradient).apply(ones([1, ...inputShape]));
  return { u, v: family.operator(gradient).adjoint(u) };
}
