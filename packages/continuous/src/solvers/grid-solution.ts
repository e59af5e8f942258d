import type { Tensor } from "@invertible/ops";

/** The state at the end, and log|det| [B] of the map to it, where it was wanted. */
export interface GridSolution {
  readonly z: Tensor;
  readonly logDet?: Tensor;
}

/** What every step of a solve sees beside z. */
export interface StepConstants {
  readonly condition: Tensor | undefined;
  readonly vectors: Tensor | undefined;
}
