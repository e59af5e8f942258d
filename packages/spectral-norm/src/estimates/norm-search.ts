import type { RefreshOptions } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";

/** What a search knows about the norm |A(W)| = max <u, A(W) v>, over |v|_p = 1 and |u| = 1 in the norm dual to l_q. */
// A type and not an interface, because `tidy` does not accept interfaces.
export type Found = {
  /** G = d<u, A(W) v>/dW at the best u and v found. For this W and any other, <G, W> is a lower estimate of the norm. */
  readonly normGradient: Tensor;
  /** The vector v where the next search starts. Absent where nothing is iterated. */
  readonly vector?: Tensor;
};

/** The result of a search to a tolerance. */
export type Converged = Found & {
  /** The estimate of the norm. */
  readonly norm: number;
  /** How many iterations it took. */
  readonly iterations: number;
  /** Whether it met the tolerance before the cap. */
  readonly converged: boolean;
};

/** A way to find the norm of a family's operators. The caller disposes of what it returns. */
export interface NormSearch {
  /** Searches without a starting vector, and without reading numbers back. */
  start(weight: Tensor): Found;
  /** Makes `iterations` more iterations from `vector`, without reading numbers back. */
  step(weight: Tensor, vector: Tensor | undefined, iterations: number): Found;
  /**
   * Iterates from `vector` until a tolerance is met.
   *
   * @throws NonFiniteError for weights that are not finite.
   */
  converge(weight: Tensor, vector: Tensor | undefined, options: ToTolerance): Promise<Converged>;
}

/** The refresh options that ask for a tolerance. */
export type ToTolerance = Extract<RefreshOptions, { readonly tolerance: number }>;
