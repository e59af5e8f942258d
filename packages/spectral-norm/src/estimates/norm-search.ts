import type { RefreshOptions } from "@invertible/bijection";
import type { Shape, Tensor } from "@invertible/ops";
import type { Estimate } from "./estimate.ts";
import type { MeasuredFamily } from "./measured-family.ts";

/** The result of a search to a tolerance. */
export interface Converged {
  /** The best estimate. */
  readonly estimate: Estimate;
  /** Its value. */
  readonly norm: number;
  /** How many iterations it took. */
  readonly iterations: number;
  /** Whether it met the tolerance before the cap. */
  readonly converged: boolean;
}

/** A way to find the norm of a family's operators. The caller disposes of the estimates that it returns. */
export interface NormSearch {
  /** The family that is searched. It is either the one that was asked for, or the family of its transposed operators. */
  readonly family: MeasuredFamily;
  /** The shapes of its estimates, for weights of the given shape. */
  shapes(weight: Shape): Estimate<Shape>;
  /** Searches without a starting vector, and without reading numbers back. */
  start(weight: Tensor): Estimate;
  /** Makes `iterations` more iterations from the v of an estimate, if it has one, without reading numbers back. */
  step(weight: Tensor, v: Tensor | undefined, iterations: number): Estimate;
  /**
   * Iterates from v until a tolerance is met.
   *
   * @throws NonFiniteError for weights that are not finite.
   */
  converge(weight: Tensor, v: Tensor | undefined, options: ToTolerance): Promise<Converged>;
}

/** The refresh options that ask for a tolerance. */
export type ToTolerance = Extract<RefreshOptions, { readonly tolerance: number }>;
