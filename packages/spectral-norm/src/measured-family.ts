import { tidy } from "@invertible/ops";
import type { LinearOperator, Shape, Tensor } from "@invertible/ops";
import type { Norms, VectorNorm } from "./lipschitz-operator.ts";
import { transpose } from "./transpose.ts";

/** Operators A(W), linear in the weight W, whose norm is looked for. */
export interface MeasuredFamily {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  operator(weight: Tensor): LinearOperator;
  /** d<u, A(W) v>/dW; u [1, ...outputShape], v [1, ...inputShape]. */
  normGradient(u: Tensor, v: Tensor, weight: Tensor): Tensor;
}

export interface Measured {
  readonly family: MeasuredFamily;
  readonly norms: Norms;
}

/** A' has the norm of A, between the dual norms in the other order. */
export function transposed({
  inputShape,
  outputShape,
  operator,
  normGradient,
}: MeasuredFamily): MeasuredFamily {
  return {
    inputShape: outputShape,
    outputShape: inputShape,
    operator: (weight) => transpose(operator(weight)),
    normGradient: (u, v, weight) => normGradient(v, u, weight),
  };
}

/** Iterating at the smaller end keeps the saved vector, and what is made of many of them, small. */
export function atSmallerEnd(family: MeasuredFamily, norms: Norms): Measured {
  if (size(family.inputShape) <= size(family.outputShape)) return { family, norms };
  return {
    family: transposed(family),
    norms: { domain: dualNorm(norms.codomain), codomain: dualNorm(norms.domain) },
  };
}

/** p* with 1/p + 1/p* = 1. */
export function dualNorm(p: VectorNorm): VectorNorm {
  if (p === 1) return Infinity;
  return p === Infinity ? 1 : p / (p - 1);
}

/** Survives an `await`: nothing derived from the weight is kept between uses. */
export function builtAtEachUse(
  { inputShape, outputShape, operator }: MeasuredFamily,
  weight: Tensor,
): LinearOperator {
  return {
    inputShape,
    outputShape,
    apply: (x) => tidy(() => operator(weight).apply(x)),
    adjoint: (y) => tidy(() => operator(weight).adjoint(y)),
  };
}

export function size(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}
