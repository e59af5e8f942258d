import type { Random, Shape, Tensor } from "@invertible/ops";

/**
 * Multiplies by a Jacobian, v -> J v, row by row. It accepts S >= 1 stacked copies of the batch at once: v [S B, ...shape] ->
 * [S B, ...shape]. Row s B + b is multiplied by the Jacobian J_b of some function g at example b. It must be linear in v, and
 * differentiable in v and in whatever g depends on.
 */
export type Jvp = (v: Tensor) => Tensor;

/** Asks for log|det(I + J_b)|, b = 1..B, of a function that is known only by its Jacobian-vector product. */
export interface LogDetProblem {
  /** Multiplies by J. */
  readonly jvp: Jvp;
  /** The number B of examples. */
  readonly batch: number;
  /** Shape of one example, without the batch axis. */
  readonly shape: Shape;
  /** The key from which probes are drawn. The same key gives the same probes. */
  readonly random: Random;
}
