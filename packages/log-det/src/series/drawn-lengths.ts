import type { Tensor } from "@invertible/ops";

/** The lengths of a series, one for each probe. */
export interface DrawnLengths {
  /** How many products each probe takes, the longest first. */
  readonly lengths: readonly number[];
  /**
   * Present where probes take more products than they need, because the computation is repeated with other lengths: 1 for the stacked
   * rows whose series has a term k, and 0 for others. It broadcasts to the stack.
   */
  readonly reached?: (k: number) => Tensor;
  /** Present with `reached`: makes a step of the series, or leaves `state` as it is where no probe reaches term k. */
  readonly whenReached?: (k: number, state: readonly Tensor[], step: () => Tensor[]) => Tensor[];
}
