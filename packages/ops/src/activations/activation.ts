import type { NamedVariables, Tensor } from "../tensors/types.ts";

/** A function phi of each entry of a tensor, or of each entry to a pair, right at any order of differentiation. */
export interface Activation {
  readonly name: ActivationName;
  /** An upper bound of |phi'|, of a pair's Euclidean norm, over x and over every value of the parameters. */
  readonly lipschitz: number;
  /**
   * Entries of the result per entry of x. With 2 the last axis doubles: [..., C] -> [..., 2C], first the first entries of
   * all pairs, then the second ones.
   */
  readonly expansion: 1 | 2;
  /** Learned, for example lipSwish's raw beta. Most activations have none. */
  readonly parameters: NamedVariables;
  /** phi(x) */
  value(x: Tensor): Tensor;
  /** phi'(x), shaped as phi(x): with expansion 2 the Jacobian takes v to phi'(x) * concat(v, v). */
  derivative(x: Tensor): Tensor;
  /** phi and its derivative at x: cheaper than `value` and `derivative` followed by products. Call it inside a `tidy`. */
  linearise(x: Tensor): Linearisation;
}

/** A function at a point, with products of its Jacobian J there. */
export interface Linearisation {
  readonly value: Tensor;
  /** v -> J v; v is shaped as x, or any number S of such batches stacked on the leading axis, [S B, ...]. */
  jvp(v: Tensor): Tensor;
  /** w -> J' w; w is shaped as the value, or S of it stacked. */
  vjp(w: Tensor): Tensor;
}

export type ActivationName =
  | "relu"
  | "leakyRelu"
  | "elu"
  | "softplus"
  | "tanh"
  | "sigmoid"
  | "exp"
  | "sin"
  | "swish"
  | "lipSwish"
  | "lipschitzCube"
  | "pila"
  | "cLipSwish"
  | "cPila"
  | "identity";
