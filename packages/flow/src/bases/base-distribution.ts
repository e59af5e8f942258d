import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/** The density of the latent variable z. Build one with `standardNormal`, `diagonalNormal`, `standardLogistic` or
 * `normalMixture`, or write your own. */
export interface BaseDistribution {
  /** Name of the kind of base, the same as its factory's: "standardNormal". */
  readonly name: string;
  /** Shape of z, without the batch axis. */
  readonly shape: Shape;
  /** The variables that training changes, by name. Empty for a base that learns nothing. */
  readonly parameters: NamedVariables;
  /** The JSON from which the base type rebuilds this base, up to the values of its parameters. */
  readonly config: JsonObject;
  /** Computes log p(z) [B] in nats, for z [B, ...shape]. */
  logProb(z: Tensor): Tensor;
  /** Draws `count` latents, [count, ...shape]. `temperature` multiplies every standard deviation. */
  sample(count: number, options: { readonly random: Random; readonly temperature: number }): Tensor;
}

/** Teaches `loadFlow` one kind of base distribution. */
export interface BaseType {
  /** Name of the bases that this type builds: "standardNormal". */
  readonly base: string;
  /**
   * Builds the base. `config` may come from a file and is not trusted.
   *
   * @throws ArgumentError for a configuration that does not fit.
   */
  build(config: JsonObject): BaseDistribution;
}
