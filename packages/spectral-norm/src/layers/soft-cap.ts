import { defineOp, div, maximum, mul, step, sub, sum } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { linearNorm, sumLengths } from "../estimates/linear-norm.ts";

/**
 * The soft cap W / max(1, sigma/c) with sigma = <G, W>. Weights of norm up to c stay as they are; larger ones are scaled down
 * to norm c. W and G have the same shape, and c > 0.
 *
 * sigma = <u, A v> is linear in W for constant u and v, so G = d sigma / dW determines it. A call therefore costs one product
 * of the size of the weight, however large the feature maps are. It is one operation with a gradient of its own, because a
 * chain of seven scalar operations would cost more than the layer itself:
 *
 *     dW = (c/m) dy - [sigma > c] (c/m^2) <dy, W> G,    m = max(sigma, c).
 *
 * @see Miyato et al. (2018), arXiv:1802.05957, equation 12, for the gradient through sigma
 * @see Behrmann et al. (2019), arXiv:1811.00995, equation 7, for the soft cap
 */
export function softCap(weight: Tensor, normGradient: Tensor, coefficient: number): Tensor {
  return op({ weight, normGradient }, { coefficient });
}

/**
 * Models the relative error of W / max(1, sigma/c) in float32. The error of sigma is a small multiple of the square roots of
 * the lengths of its sums; the quotient and the product round too.
 */
export function capRounding(shape: Shape): number {
  return sumLengths(shape).reduce((total, terms) => total + 2 ** -24 * (1 + Math.sqrt(terms) / 4), 2 ** -24);
}

const op = defineOp(["weight", "normGradient"], {
  name: "InvertibleSoftCap",
  forward: ({ weight, normGradient }, { coefficient }) => {
    const c = coefficient as number;
    return mul(weight, div(c, maximum(linearNorm(weight, normGradient), c)));
  },
  gradient: (dy, { weight, normGradient }, { coefficient }) => {
    const c = coefficient as number;
    const sigma = linearNorm(weight, normGradient);
    const m = maximum(sigma, c);
    const factor = div(c, m);
    const slope = () => mul(mul(step(sub(sigma, c)), div(factor, m)), sum(mul(dy, weight)));
    return {
      weight: () => sub(mul(dy, factor), mul(normGradient, slope())),
      normGradient: () => mul(weight, mul(slope(), -1)),
    };
  },
});
