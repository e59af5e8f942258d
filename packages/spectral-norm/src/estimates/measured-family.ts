import { dualExponent } from "@invertible/certificates";
import type { Norms } from "@invertible/certificates";
import { sizeOf, tidy } from "@invertible/ops";
import type { LinearOperator, Shape, Tensor } from "@invertible/ops";
import { transpose } from "./transpose.ts";

/** A family of operators A(W), linear in the weight W, whose norm is to be found. */
export interface MeasuredFamily {
  /** Shape of one input of the operators, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output of the operators, without the batch axis. */
  readonly outputShape: Shape;
  /** Builds the operator A(W). */
  operator(weight: Tensor): LinearOperator;
  /** The gradient d<u, A(W) v>/dW, for u [1, ...outputShape] and v [1, ...inputShape]. */
  normGradient(u: Tensor, v: Tensor, weight: Tensor): Tensor;
  /**
   * Whether `normGradient` is an outer product, with one product of an entry of u and an entry of v for each weight. A layer then
   * keeps the two vectors, which are much smaller than the gradient. Default false.
   */
  readonly rankOne?: boolean;
  /**
   * Says that the weight holds a matrix W, row by row, and that the operators are x -> x W or x -> x W'. A power iteration in
   * `refresh({ iterations })` is then one kernel on wasm and on WebGPU, if both norms are l_2. Default: the operators are applied one by one.
   */
  readonly matrix?: MatrixFamily;
}

/** How operators follow from a matrix W [rows, columns]. */
export interface MatrixFamily {
  readonly rows: number;
  readonly columns: number;
  /** Whether the operators are x -> x W', not x -> x W. */
  readonly transposed: boolean;
}

/** A family and the norms between which it is measured. */
export interface Measured {
  /** The operators. */
  readonly family: MeasuredFamily;
  /** The p of l_p on either side. */
  readonly norms: Norms;
}

/** The family of transposed operators. The norm of A' between the dual norms, in opposite order, is that of A. */
export function transposed(family: MeasuredFamily): MeasuredFamily {
  const { matrix } = family;
  return {
    ...family,
    ...(matrix && { matrix: { ...matrix, transposed: !matrix.transposed } }),
    inputShape: family.outputShape,
    outputShape: family.inputShape,
    operator: (weight) => transpose(family.operator(weight)),
    normGradient: (u, v, weight) => family.normGradient(v, u, weight),
  };
}

/**
 * Chooses between A and A' so that iterations run at the smaller end. This keeps the saved vector small, and everything that is
 * computed for many vectors.
 */
export function atSmallerEnd(family: MeasuredFamily, norms: Norms): Measured {
  if (sizeOf(family.inputShape) <= sizeOf(family.outputShape)) return { family, norms };
  return {
    family: transposed(family),
    norms: { domain: dualExponent(norms.codomain), codomain: dualExponent(norms.domain) },
  };
}

/** An operator that may be used across an `await`, because it keeps nothing derived from the weight between uses. */
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
