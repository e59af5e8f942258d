import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/**
 * The network of a coupling. It may be any differentiable function of the part that passes and of the condition, since it is
 * never inverted.
 */
export interface Conditioner {
  /** Name of the conditioner type, the same as its factory's: "denseConditioner". */
  readonly name: string;
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** The JSON from which the conditioner type rebuilds it. It holds everything but the values of its parameters. */
  readonly config: JsonObject;
  /** Evaluates the network, [B, ...inputShape] -> [B, ...outputShape]. */
  value(x: Tensor): Tensor;
  /** The data-dependent start, from one batch at its input. Called once in the life of a layer, inside a `tidy`. */
  initialise?(x: Tensor): void;
  /** Proves an upper bound of the Lipschitz constant of `value`, from the present weights. Absent where nothing is proven. */
  certify?(): Promise<number>;
}

/** Builds the network of a coupling. The coupling calls it, because only the coupling knows the shapes. */
export type ConditionerBuilder = (shapes: ConditionerShapes) => Conditioner;

/** The shapes that a coupling gives to its network. */
export interface ConditionerShapes {
  /**
   * Shape of the network's input, without the batch axis. It is the part that passes, and after it on the last axis the
   * condition, if the coupling has `conditionFeatures`.
   */
  readonly inputShape: Shape;
  /** The shape of the part that passes, except for the last axis, which has as many numbers for each transformed entry as the coupling needs. */
  readonly outputShape: Shape;
}

/** Teaches a coupling's layer type to rebuild one kind of conditioner. */
export interface ConditionerType {
  /** Name of the conditioners that this type builds: "denseConditioner". */
  readonly conditioner: string;
  /**
   * Builds the conditioner. `config` may come from a file and is not trusted.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject, tools: { readonly random: Random }): ConditionerBuilder;
}
