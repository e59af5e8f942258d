import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/** The density of the latent variable z. Build one with `standardNormal` or `diagonalNormal`, or write your own. */
export interface BaseDistribution {
  /** Name of the kind of base, the same as its factory's: "standardNormal". */
  readonly name: string;
  /** Shape of z, without the batch axis. */
  readonly shape: Shape;
  readonly parameters: NamedVariables;
  /** JSON from which the base type rebuilds this base, up to the values of its parameters. */
  readonly config: JsonObject;
  /** log p(z) in nats; z [B, ...shape] -> [B]. */
  logProb(z: Tensor): Tensor;
  /** `count` draws, [count, ...shape]; `temperature` scales every standard deviation. */
  sample(count: number, options: { readonly random: Random; readonly temperature: number }): Tensor;
}

/** Teaches `loadFlow` one kind of base distribution. */
export interface BaseType {
  readonly base: string;
  /** `config` is untrusted: it may come from a file. Throw ArgumentError for what does not fit. */
  build(config: JsonObject): BaseDistribution;
}
