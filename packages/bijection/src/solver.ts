import type { Tensor } from "@invertible/ops";
import type { Call } from "./call.ts";

/** How an iterative inverse is solved. Layers with an analytic inverse have no use for it. */
export interface SolveOptions {
  /**
   * Bound on the Euclidean error of each row of x, per iterative layer. Default: the layer's own, which float32 can hold; for
   * contractions 1e-5 * max(1, |y|) by row, or twice what rounding can do to that row where that is more.
   */
  readonly tolerance?: number;
  /** Default 10000. */
  readonly maxIterations?: number;
  /** One of the `methods` of the layers' solvers; layers that do not know it use their own default. */
  readonly method?: string;
  /** At the iteration cap: throw NotConvergedError (default), or return with `converged: false`. */
  readonly onCap?: "throw" | "return";
}

export interface SolveCall extends Call, SolveOptions {}

/** An inverse that looks at numbers and stops when it is good enough. */
export interface Solver {
  /** The names that `SolveOptions.method` may have, the default first: "anderson", "bisection", "newton", ... */
  readonly methods: readonly string[];
  /** Owns its memory: nothing but x may stay allocated. */
  solve(y: Tensor, call?: SolveCall): Promise<Solved>;
}

export interface Solved {
  readonly x: Tensor;
  /** One entry per iterative layer, in the order they were inverted. Empty where every inverse is analytic. */
  readonly evidence: readonly InverseEvidence[];
}

/** What an iterative inverse can say about its result. */
export interface InverseEvidence extends RowEvidence {
  readonly path: string;
  readonly layer: string;
  readonly method: string;
  /**
   * Only where the method is a contraction: L < 1, the Lipschitz constant behind the bounds. Certified; in training mode, where
   * weights keep changing, only claimed.
   */
  readonly lipschitz?: number;
  /** The same for each row, in the order of the batch; what stands above is the worst of them. */
  readonly rows: readonly RowEvidence[];
}

export interface RowEvidence {
  /** Evaluations of the layer. */
  readonly iterations: number;
  /** Last step |x_n - x_(n-1)|, Euclidean. */
  readonly residual: number;
  /** The row is no further than this from the true inverse of this layer, Euclidean; Infinity where the method knows no bound. */
  readonly errorBound: number;
  readonly converged: boolean;
}
