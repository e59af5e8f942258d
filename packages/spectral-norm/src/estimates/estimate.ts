import type { Shape, Tensor } from "@invertible/ops";
import { withoutGradient } from "@invertible/ops";
import type { MeasuredFamily } from "./measured-family.ts";

/**
 * What is kept of an estimate of the norm |A(W)| = max <u, A(W) v>, over |v|_p = 1 and |u| = 1 in the norm dual to l_q. It gives
 * G = d<u, A(W) v>/dW at the best u and v found. For this W and any other, <G, W> is a lower estimate of the norm.
 *
 * A family of rank one keeps u and v, from which G is computed where it is used. Any other family keeps G, and v where the next
 * search starts; a closed form needs no start.
 */
// Types and not interfaces, because `tidy` does not accept interfaces.
export type Estimate<T = Tensor> =
  | { readonly u: T; readonly v: T }
  | { readonly normGradient: T; readonly v: T }
  | { readonly normGradient: T };

/** What the family keeps of u [1, ...outputShape] and v [1, ...inputShape]. */
export function estimateAt(family: MeasuredFamily, u: Tensor, v: Tensor, weight: Tensor): Estimate {
  return family.rankOne ? { u, v } : { normGradient: family.normGradient(u, v, weight), v };
}

/** The shapes of what `estimateAt` returns for weights of a shape. */
export function estimateShapes(family: MeasuredFamily, weight: Shape): Estimate<Shape> {
  const v = [1, ...family.inputShape];
  return family.rankOne ? { u: [1, ...family.outputShape], v } : { normGradient: weight, v };
}

/**
 * G, a constant to every gradient. Of vectors it is an outer product, whose entries are products of two numbers. They are rounded
 * once, so they are the same on every backend, apart from numbers below 1.2e-38, which a GPU may take for 0.
 */
export function normGradientOf(family: MeasuredFamily, estimate: Estimate, weight: Tensor): Tensor {
  if ("normGradient" in estimate) return estimate.normGradient;
  const { u, v } = estimate;
  return withoutGradient(() => family.normGradient(u, v, weight));
}
