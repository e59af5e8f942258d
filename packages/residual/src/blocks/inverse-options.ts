import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { checkedSteps } from "../solvers/solve-fixed.ts";
import type { FixedInverseOptions } from "../solvers/solve-fixed.ts";
import type { SolveGradient } from "../solvers/solve-fixed.ts";

/**
 * How a block solves x + g(x) = y. Tolerance, cap and gradient are those of synchronous solves; `solveInverse` takes its
 * limits from its call.
 */
export interface InverseOptions extends FixedInverseOptions {
  /** Default "implicit". "unrolled" records every step, for second derivatives. */
  readonly gradient?: SolveGradient;
  /** Of `solveInverse`, unless its call names one. */
  readonly method?: InverseMethod;
}

/** Fixed-point iteration; Anderson's acceleration; Broyden's quasi-Newton method. All are safeguarded by the contraction. */
export type InverseMethod = "banach" | "anderson" | "broyden";

export interface InversePlan {
  readonly gradient: SolveGradient;
  /** Those of `solveInverse`, the block's own first. */
  readonly methods: readonly [InverseMethod, ...InverseMethod[]];
  /** Steps that the tolerance needs at a Lipschitz constant. */
  steps(lipschitz: number): number;
  readonly config: JsonObject;
}

export const solveGradients: readonly SolveGradient[] = ["implicit", "unrolled"];
export const inverseMethods: readonly InverseMethod[] = ["banach", "anderson", "broyden"];

/** @throws ArgumentError for an unknown gradient or method; from `steps` also where the cap is too small. */
export function inversePlan(where: string, options: InverseOptions = {}): InversePlan {
  const { tolerance = 1e-6, maxIterations = 10_000, gradient = "implicit", method } = options;
  if (!solveGradients.includes(gradient))
    fail(`${where}: inverse.gradient`, `one of ${solveGradients.join(", ")}`, gradient);
  if (method !== undefined && !inverseMethods.includes(method))
    fail(`${where}: inverse.method`, `one of ${inverseMethods.join(", ")}`, method);
  const own = method ?? "anderson";
  return {
    gradient,
    // The measurements in the README say why Anderson's is the default.
    methods: [own, ...inverseMethods.filter((other) => other !== own)],
    steps: (lipschitz) => checkedSteps(where, lipschitz, { tolerance, maxIterations }),
    config: { tolerance, maxIterations, gradient, ...(method && { method }) },
  };
}
