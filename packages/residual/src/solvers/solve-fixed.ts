import { fail } from "@invertible/errors";
import { clone, replaceGradient, sub, tidy, withoutGradient } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch } from "../branches/contractive-branch.ts";

/** x + g(x; condition) = y in a number of steps known beforehand. */
export interface FixedProblem {
  /** g with the weights of now. `solveImplicit` calls it again in the backward pass. */
  bind(condition?: Tensor): Pick<BoundBranch, "value" | "linearise">;
  readonly condition?: Tensor | undefined;
  /** [B, ...] */
  readonly y: Tensor;
  /** n, as from `checkedSteps` */
  readonly steps: number;
}

/** How the synchronous solve is differentiated. */
export type SolveGradient = "implicit" | "unrolled";

/**
 * x_n of x_(k+1) = y - g(x_k), x_0 = y; error at most L^n/(1-L) |g(y)|, rounding aside. Never reads a number back.
 *
 * "unrolled" records every step: memory grows as n, and derivatives of every order are those of x_n. "implicit" is
 * `solveImplicit`.
 */
export function solveFixed(problem: FixedProblem, gradient: SolveGradient): Tensor {
  if (gradient === "implicit") return solveImplicit(problem);
  const { bind, condition, y, steps } = problem;
  return tidy(() => iterate(bind(condition).value, y, steps));
}

/**
 * x of x + g(x) = y, with the gradients of the implicit function theorem: for dL/dx = v,
 *
 *     w = (I + J_g(x)')^-1 v,    dL/dy = w,    dL/dtheta = -(dg/dtheta)' w
 *
 * for theta the weights and the condition. Solved off the tape, then evaluated once on it; w by as many steps of
 * w <- v - J_g(x)' w as x took, for the transposed Jacobian contracts as g does (in the dual norm). Memory of one
 * evaluation of g, whatever n.
 *
 * @throws UnsupportedError where a second derivative is taken: from the gradient, not from this call. Unroll for those.
 * @see Bai et al. (2019), arXiv:1909.01377, theorem 1; Lu et al. (2021), arXiv:2103.09527, section 4.2
 */
export function solveImplicit({ bind, condition, y, steps }: FixedProblem): Tensor {
  return tidy(() => {
    const before = withoutGradient(() => clone(iterate(bind(condition).value, y, steps - 1)));
    const x = sub(y, bind(condition).value(before)) as Tensor;
    const backward = (v: Tensor, x: Tensor, condition: Tensor | undefined) => {
      const { vjp } = bind(condition).linearise(x);
      return iterate(vjp, v, steps);
    };
    return replaceGradient(x, backward, condition);
  });
}

/** `steps` steps of x <- y - g(x) from x = y; y itself for none. */
function iterate(g: (x: Tensor) => Tensor, y: Tensor, steps: number): Tensor {
  let x = y;
  for (let i = 0; i < steps; i++) {
    const previous = x;
    x = tidy(() => sub(y, g(previous)));
    // What a gradient needs, the tape holds by references of its own.
    if (previous !== y) previous.dispose();
  }
  return x;
}

/**
 * Steps of x <- y - g(x) from x = y after which the error is at most tolerance * |g(y)|, for any g with Lipschitz
 * constant L: the least n with L^n/(1-L) <= tolerance. Rounding aside.
 * @see Behrmann et al. (2019), arXiv:1811.00995, the bound after algorithm 1
 */
export function stepsFor(lipschitz: number, tolerance: number): number {
  return Math.max(1, Math.ceil(Math.log(tolerance * (1 - lipschitz)) / Math.log(lipschitz)));
}

/** Enough for L = 0.9993 at the default tolerance, and some seconds of the smallest branch. */
const mostIterations = 30_000;

/** Limits of the synchronous inverse. */
export interface FixedInverseOptions {
  /** Bound on the error relative to |g(y)|. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 10000, at most 30000. */
  readonly maxIterations?: number;
}

/** @throws ArgumentError when the steps that L and the tolerance need exceed the cap. */
export function checkedSteps(
  where: string,
  lipschitz: number,
  options: Required<FixedInverseOptions>,
): number {
  const { tolerance, maxIterations } = options;
  if (!(tolerance > 0 && tolerance < 1)) fail(`${where}: inverse.tolerance`, "a number in (0, 1)", tolerance);
  if (!(maxIterations <= mostIterations))
    fail(`${where}: inverse.maxIterations`, `at most ${mostIterations}`, maxIterations);
  const steps = stepsFor(lipschitz, tolerance);
  if (!(maxIterations >= steps))
    fail(
      `${where}: inverse.maxIterations`,
      `at least the ${steps} steps that a tolerance of ${tolerance} needs at L = ${lipschitz}`,
      maxIterations,
    );
  return steps;
}
