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
  forward: ({ weight, normGradient }, { coefficient }) =>
    mul(weight, capAt(weight, normGradient, coefficient as number).factor),
  gradient: (dy, { weight, normGradient }, attributes) => ({
    weight: () => byWeight({ dy, weight, normGradient }, attributes),
    normGradient: () => {
      const { slope } = capAt(weight, normGradient, attributes["coefficient"] as number);
      return mul(weight, mul(mul(slope, sum(mul(dy, weight))), -1));
    },
  }),
});

/** The gradient by W, which is one kernel on wasm, and on WebGPU up to 2^16 numbers. */
const byWeight = defineOp(["dy", "weight", "normGradient"], {
  name: "InvertibleSoftCapGradient",
  forward: ({ dy, weight, normGradient }, { coefficient }) => {
    const { factor, slope } = capAt(weight, normGradient, coefficient as number);
    return sub(mul(dy, factor), mul(normGradient, mul(slope, sum(mul(dy, weight)))));
  },
  gradient: (g, { dy, weight, normGradient }, { coefficient }) => {
    const { m, factor, slope } = capAt(weight, normGradient, coefficient as number);
    const along = (a: Tensor, b: Tensor) => sum(mul(a, b));
    /** The derivative by sigma, through the factor and through the slope c/m^2. */
    const bySigma = () =>
      mul(slope, sub(div(mul(mul(along(dy, weight), along(g, normGradient)), 2), m), along(g, dy)));
    return {
      dy: () => sub(mul(g, factor), mul(weight, mul(slope, along(g, normGradient)))),
      weight: () => sub(mul(normGradient, bySigma()), mul(dy, mul(slope, along(g, normGradient)))),
      normGradient: () => sub(mul(weight, bySigma()), mul(g, mul(slope, along(dy, weight)))),
    };
  },
});

/** m = max(sigma, c), the factor c/m, and the slope [sigma > c] c/m^2. */
function capAt(weight: Tensor, normGradient: Tensor, c: number) {
  const sigma = linearNorm(weight, normGradient);
  const m = maximum(sigma, c);
  const factor = div(c, m);
  return { m, factor, slope: mul(step(sub(sigma, c)), div(factor, m)) };
}
