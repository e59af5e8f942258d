import type { Tensor } from "@invertible/ops";
import type { Call } from "./call.ts";

/** How an iterative inverse is solved. Layers with an analytic inverse ignore these options. */
export interface SolveOptions {
  /**
   * The Euclidean error that is accepted in each row of x, for each iterative layer. Default: chosen by the layer so that
   * float32 can reach it. For contractions this is 1e-5 * max(1, |y|) of the row, or twice the error that rounding can cause in
   * that row, if that is larger.
   */
  readonly tolerance?: number;
  /** Most iterations for each layer. Default 10000. */
  readonly maxIterations?: number;
  /** The solution method: one of the `methods` of the layers' solvers. Layers that do not know it use their own default. */
  readonly method?: string;
  /**
   * What to do where the cap is reached: "throw" a NotConvergedError (default), or "return" the result with `converged: false`.
   */
  readonly onCap?: "throw" | "return";
}

/** A call of `solveInverse`: everything a call may need, and how to solve. */
export interface SolveCall extends Omit<Call, "inverseSteps">, SolveOptions {}

/** An inverse that reads numbers back and stops when its result is good enough. */
export interface Solver {
  /** The names that `SolveOptions.method` may have, the default first: "anderson", "bisection", "newton", and so on. */
  readonly methods: readonly string[];
  /** The number of steps that `inverse` makes unless its call says otherwise, where it makes a fixed number of steps. */
  readonly steps?: number;
  /** Computes x = f^-1(y) and its evidence. Only x stays allocated. */
  solve(y: Tensor, call?: SolveCall): Promise<Solved>;
}

/** The result of an iterative inverse. */
export interface Solved {
  /** The inverse [B, ...inputShape]. The caller disposes of it. */
  readonly x: Tensor;
  /** One entry for each iterative layer, in the order in which they were inverted. Empty where every inverse is analytic. */
  readonly evidence: readonly InverseEvidence[];
}

/**
 * What the inverse of one layer says about its own quality. The numbers inherited from `RowEvidence` are the worst over all
 * rows.
 */
export interface InverseEvidence extends RowEvidence {
  /** Place of the layer in the model: "3.inner.0". */
  readonly path: string;
  /** Name of the layer type: "residualBlock". */
  readonly layer: string;
  /** The method that solved it. */
  readonly method: string;
  /**
   * The Lipschitz constant L < 1 on which the error bounds rest. Present only where the method iterates a contraction. The
   * constant is certified; in training mode, where weights keep changing, it is only claimed.
   */
  readonly lipschitz?: number;
  /** The evidence for each row, in the order of the batch. */
  readonly rows: readonly RowEvidence[];
}

/** What an iterative inverse says about one row of its result. */
export interface RowEvidence {
  /** How often the layer was evaluated. */
  readonly iterations: number;
  /** Length of the last step, |x_n - x_(n-1)|, Euclidean. */
  readonly residual: number;
  /**
   * Upper bound on the Euclidean distance between the row and the true inverse of this layer. Infinity where the method knows
   * no bound.
   */
  readonly errorBound: number;
  /** Whether the row met the tolerance before the cap of iterations. */
  readonly converged: boolean;
}
