import type { RefreshOptions } from "@invertible/bijection";
import type { Shape, Tensor } from "@invertible/ops";

/** What is known of |A(W)| = max <u, A(W) v> over |v|_p = 1 and |u| = 1 in the norm dual to l_q. */
// A type, so that `tidy` takes it.
export type Found = {
  /** d<u, A(W) v>/dW at the best u and v found: <G, W> is a lower estimate of the norm, for this W and any other. */
  readonly normGradient: Tensor;
  /** v, where the next search starts; absent where nothing is iterated. */
  readonly vector?: Tensor;
};

export type Converged = Found & {
  readonly norm: number;
  readonly iterations: number;
  readonly converged: boolean;
};

/** A way to find the norm of a family's operators. What it returns is the caller's to dispose. */
export interface NormSearch {
  /** Of `vector`; absent where there is none. */
  readonly vectorShape?: Shape;
  /** From nothing, as far as reading nothing back allows. */
  start(weight: Tensor): Found;
  /** `iterations` more from `vector`; reads nothing back. */
  step(weight: Tensor, vector: Tensor | undefined, iterations: number): Found;
  /** @throws NonFiniteError for weights that are not finite. */
  converge(weight: Tensor, vector: Tensor | undefined, options: ToTolerance): Promise<Converged>;
}

export type ToTolerance = Extract<RefreshOptions, { readonly tolerance: number }>;
