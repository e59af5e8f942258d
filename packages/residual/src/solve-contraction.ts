import type { InverseMethod, SolveContext, Solved } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/** x + g(x) = y, row by row, with a g that contracts. */
export interface ContractionProblem {
  /**
   * g for some rows of the batch, with the weights of now. Called in a `tidy`, once for several evaluations; what it computes
   * may be gone at the next call.
   * @param rows which rows of y: for what else g depends on, as a condition. All of them unless given.
   */
  bind(rows?: Int32Array): (x: Tensor) => Tensor;
  /** [B, ...] */
  readonly y: Tensor;
  /** L < 1 */
  readonly lipschitz: number;
  /** p: |g(a) - g(b)|_p <= L |a - b|_p. */
  readonly norm: VectorNorm;
  /** Name of the layer, for evidence and errors. */
  readonly layer: string;
  /** The layer's own; `context.method` goes before it. Default "anderson". */
  readonly method?: InverseMethod;
  readonly context: SolveContext;
}

export declare function solveContraction(problem: ContractionProblem): Promise<Solved>;
