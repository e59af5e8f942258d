import { dualExponent } from "@invertible/certificates";
import type { Norms } from "@invertible/certificates";
import { sizeOf, tidy } from "@invertible/ops";
import type { LinearOperator, Shape, Tensor } from "@invertible/ops";
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
  if (sizeOf(family.inputShape) <= sizeOf(family.outputShape)) return { family, norms };
  return {
    family: transposed(family),
    norms: { domain: dualExponent(norms.codomain), codomain: dualExponent(norms.domain) },
  };
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
