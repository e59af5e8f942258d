import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { checkedSteps } from "../solvers/solve-fixed.ts";
import type { FixedInverseOptions } from "../solvers/solve-fixed.ts";
import type { SolveGradient } from "../solvers/solve-fixed.ts";

/**
 * How a block solves x + g(x) = y. Tolerance, cap and gradient apply to the synchronous directions. `solveInverse` takes its
 * tolerance and cap from its own call.
 */
export interface InverseOptions extends FixedInverseOptions {
  /**
   * How the solution is differentiated. Default "implicit", which uses the implicit function theorem. "unrolled" records every
   * step and also supports second derivatives.
   */
  readonly gradient?: SolveGradient;
  /** The method of `solveInverse`, unless its call names one. Default "anderson". */
  readonly method?: InverseMethod;
}

/**
 * How `solveInverse` iterates. "banach" is plain fixed-point iteration, "anderson" Anderson's acceleration, and "broyden"
 * Broyden's quasi-Newton method. The last two fall back to plain steps where needed, so that convergence is guaranteed.
 */
export type InverseMethod = "banach" | "anderson" | "broyden";

/** Checked inverse options, with the defaults filled in. */
export interface InversePlan {
  /** How the synchronous solution is differentiated. */
  readonly gradient: SolveGradient;
  /** The methods that `solveInverse` knows, with the block's own first. */
  readonly methods: readonly [InverseMethod, ...InverseMethod[]];
  /** The number of steps that the tolerance needs at a Lipschitz constant. */
  steps(lipschitz: number): number;
  /** The JSON from which the options are rebuilt. */
  readonly config: JsonObject;
}

/** The ways to differentiate a synchronous solution. */
export const solveGradients: readonly SolveGradient[] = ["implicit", "unrolled"];
/** The methods of `solveInverse`. */
export const inverseMethods: readonly InverseMethod[] = ["banach", "anderson", "broyden"];

/**
 * Checks inverse options and fills in their defaults.
 *
 * @throws ArgumentError for an unknown gradient or method. `steps` throws where the cap is too small for the tolerance.
 */
export function inversePlan(where: string, options: InverseOptions = {}): InversePlan {
  const { tolerance = 1e-6, maxIterations = 10_000, gradient = "implicit", method } = options;
  if (!solveGradients.includes(gradient))
    fail(`${where}: inverse.gradient`, `one of ${solveGradients.join(", ")}`, gradient);
  if (method !== undefined && !inverseMethods.includes(method))
    fail(`${where}: inverse.method`, `one of ${inverseMethods.join(", ")}`, method);
  const own = method ?? "anderson";
  return {
    gradient,
    // The measurements in the README show why Anderson's acceleration is the default.
    methods: [own, ...inverseMethods.filter((other) => other !== own)],
    steps: (lipschitz) => checkedSteps(where, lipschitz, { tolerance, maxIterations }),
    config: { tolerance, maxIterations, gradient, ...(method && { method }) },
  };
}
