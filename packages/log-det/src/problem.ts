import type { Random, Shape, Tensor } from "@invertible/ops";

/**
 * v -> J v by rows, for S stacked copies of the batch at once: v [S B, ...shape] -> [S B, ...shape], S >= 1, where row
 * s B + b is multiplied by the Jacobian J_b of some function g at example b. Linear in v; differentiable in v and in whatever
 * g is made of.
 */
export type Jvp = (v: Tensor) => Tensor;

/** log|det(I + J_b)|, b = 1..B, is wanted of a function known only by its Jacobian-vector product. */
export interface LogDetProblem {
  readonly jvp: Jvp;
  /** B */
  readonly batch: number;
  /** Sizes of one example, without the batch axis. */
  readonly shape: Shape;
  /** Where probes come from. The same key gives the same probes. */
  readonly random: Random;
}
