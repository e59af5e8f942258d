import type { Call, Starter } from "@invertible/bijection";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/**
 * The last part of a classifier: a differentiable map from features to logits, which is not a bijection. Build one with `pooledHead`,
 * `denseHead` or `mixtureHead`, or write your own with `defineHead`.
 */
export interface Head {
  /** Name of the kind of head, the same as its factory's: "pooledHead". */
  readonly name: string;
  /** Shape of the features of one example, without the batch axis. */
  readonly inputShape: Shape;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** The variables that training changes, by name. The names are stable, since saved models use them. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, such as running statistics. */
  readonly state: NamedVariables;
  /** The JSON from which the head type rebuilds this head. It holds everything except the values of parameters and state. */
  readonly config: JsonObject;
  /**
   * Computes logits [B, classes] from features z [B, ...inputShape]. They are the logarithms of the probabilities of the classes, up
   * to one number for each example. `call` says whether this is a training step, and collects the state that the head proposes.
   */
  logits(z: Tensor, call?: Call): Tensor;
  /** Sets state from a first batch of features. Only heads with a data-dependent start have one, such as those with a batch norm. */
  readonly starter?: Starter;
}

/** Teaches `loadClassifier` one kind of head. */
export interface HeadType {
  /** Name of the heads that this type builds: "pooledHead". */
  readonly head: string;
  /**
   * Builds the head. `config` may come from a file and is not trusted. Initial values are overwritten afterwards.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject, tools: { readonly random: Random }): Head;
}
