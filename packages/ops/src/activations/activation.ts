import type { NamedVariables, Tensor } from "../tensors/types.ts";

/**
 * An activation function phi. It maps each entry of a tensor to a number, or to a pair of numbers, and is right at any order of
 * differentiation. `activation` makes one by name.
 */
export interface Activation {
  /** Name of the activation, as `activation` takes it. */
  readonly name: ActivationName;
  /**
   * An upper bound of |phi'|, or of the Euclidean norm of a pair's derivative. It holds for every x and for every value of the
   * parameters.
   */
  readonly lipschitz: number;
  /**
   * How many entries of the result belong to one entry of x. With 2 the last axis doubles, [..., C] -> [..., 2C]. It then holds
   * the first entries of all pairs, followed by the second ones.
   */
  readonly expansion: 1 | 2;
  /** The learned variables by name, for example lipSwish's raw beta. Most activations have none. */
  readonly parameters: NamedVariables;
  /** Computes phi(x). */
  value(x: Tensor): Tensor;
  /** Computes phi'(x), in the shape of phi(x). With expansion 2 the Jacobian maps v to phi'(x) * concat(v, v). */
  derivative(x: Tensor): Tensor;
  /**
   * Computes phi at x, and prepares products with its derivative. This is cheaper than `value` and `derivative` followed by
   * products. Call it inside a `tidy`.
   */
  linearise(x: Tensor): Linearisation;
}

/** A function at a point, with products by its Jacobian J there. */
export interface Linearisation {
  /** The value of the function. */
  readonly value: Tensor;
  /** Maps v to J v. v has the shape of x, or is any number S of such batches stacked along the leading axis, [S B, ...]. */
  jvp(v: Tensor): Tensor;
  /** Maps w to J' w. w has the shape of the value, or is S of such batches stacked. */
  vjp(w: Tensor): Tensor;
}

/** The names that `activation` knows. */
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
