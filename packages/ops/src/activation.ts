import type { NamedVariables, Tensor } from "./types.ts";

/** A pointwise function phi with its derivative, both right at any order of differentiation. */
export interface Activation {
  readonly name: ActivationName;
  /** sup |phi'|, over x and over every value of the parameters. */
  readonly lipschitz: number;
  /** Learned, for example lipSwish's raw beta. Most activations have none. */
  readonly parameters: NamedVariables;
  /** phi(x) */
  value(x: Tensor): Tensor;
  /** phi'(x) */
  derivative(x: Tensor): Tensor;
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
  | "identity";
