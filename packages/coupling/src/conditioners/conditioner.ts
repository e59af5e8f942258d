import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/** The network of a coupling: any differentiable function of the half that passes. It is never inverted. */
export interface Conditioner {
  /** Name of the conditioner type, the same as its factory's: "denseConditioner". */
  readonly name: string;
  readonly parameters: NamedVariables;
  /** JSON from which the conditioner type rebuilds it, up to the values of its parameters. */
  readonly config: JsonObject;
  /** [B, ...inputShape] -> [B, ...outputShape] */
  value(x: Tensor): Tensor;
  /** Data-dependent start from one batch at its input. Called once in the life of a layer, inside a tidy. */
  initialise?(x: Tensor): void;
  /** An upper bound of `value`'s Lipschitz constant, proven from the present weights. Default: none. */
  certify?(): Promise<number>;
}

/** Given to a coupling, which knows the shapes. */
export type ConditionerBuilder = (shapes: ConditionerShapes) => Conditioner;

export interface ConditionerShapes {
  /** Of the half that passes, without the batch axis. */
  readonly inputShape: Shape;
  /** The same but for the last axis: so many numbers for each transformed one as the coupling needs. */
  readonly outputShape: Shape;
}

/** Teaches a coupling's layer type to rebuild one kind of conditioner. */
export interface ConditionerType {
  readonly conditioner: string;
  /** `config` is untrusted: it may come from a file. Throw ArgumentError for what does not fit. */
  build(config: JsonObject, tools: { readonly random: Random }): ConditionerBuilder;
}
