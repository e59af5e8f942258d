import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/**
 * The right-hand side of dz/dt = f(t, z): a network whose result has the shape of z. It need not be invertible. The map from
 * z(0) to z(T) is, as long as f is Lipschitz in z, which every network of smooth activations is.
 */
export interface Dynamics {
  /** Shape of one example of z. */
  readonly inputShape: Shape;
  /** Numbers per example in the condition that f also sees; 0 without one. */
  readonly conditionFeatures: number;
  /** What training changes, by stable names. */
  readonly parameters: NamedVariables;
  /** `{ dynamics, ... }`: the name of the type, and the JSON from which this type rebuilds f. */
  readonly config: JsonObject;
  /** f at one time, with the present weights. `condition` is [B, conditionFeatures] where f has one. */
  at(t: number, condition?: Tensor): DynamicsAtTime;
}

/** f(t, .) for a fixed t. Examples do not see each other. */
export interface DynamicsAtTime {
  /** f(t, z), [B, ...inputShape]. */
  value(z: Tensor): Tensor;
  /** f(t, z), the same bits, and products with its Jacobian df/dz. */
  linearise(z: Tensor): LinearisedDynamics;
}

/** f at a point. */
export interface LinearisedDynamics {
  /** f(t, z). */
  readonly value: Tensor;
  /** Maps v to (df/dz) v. v is S copies of the batch stacked along the first axis, [S B, ...inputShape]. */
  jvp(v: Tensor): Tensor;
}

/** Teaches loading one kind of dynamics, as a `LayerType` does for layers. */
export interface DynamicsType {
  /** The name in `config.dynamics`. */
  readonly dynamics: string;
  /**
   * Rebuilds the dynamics. `config` may come from a file and is not trusted.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject, random: Random): Dynamics;
}
