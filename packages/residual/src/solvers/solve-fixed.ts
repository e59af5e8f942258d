import { fail } from "@invertible/errors";
import { clone, replaceGradient, sub, tidy, withoutGradient } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch } from "../branches/contractive-branch.ts";

/** The problem x + g(x; condition) = y, to be solved in a number of steps that is known beforehand. */
export interface FixedProblem {
  /** Binds g with the present weights. `solveImplicit` calls it again in the backward pass. */
  bind(condition?: Tensor): Pick<BoundBranch, "value" | "linearise">;
  /** What else g depends on, if anything. */
  readonly condition?: Tensor | undefined;
  /** The targets, [B, ...]. */
  readonly y: Tensor;
  /** The number of steps n, as from `checkedSteps`. */
  readonly steps: number;
}

/** How the synchronous solution is differentiated; see `InverseOptions.gradient`. */
export type SolveGradient = "implicit" | "unrolled";

/**
 * Solves x + g(x) = y by n steps x_(k+1) = y - g(x_k) from x_0 = y. Apart from rounding, the error is at most L^n/(1-L) |g(y)|.
 * No number is ever read back.
 *
 * With "unrolled" every step is recorded, so that memory grows with n and derivatives of every order are those of x_n. With
 * "implicit" it is `solveImplicit`.
 */
export function solveFixed(problem: FixedProblem, gradient: SolveGradient): Tensor {
  if (gradient === "implicit") return solveImplicit(problem);
  const { bind, condition, y, steps } = problem;
  return tidy(() => iterate(bind(condition).value, y, steps));
}

/**
 * Solves x + g(x) = y, and differentiates by the implicit function theorem. For dL/dx = v the gradients are
 *
 *     w = (I + J_g(x)')^-1 v,    dL/dy = w,    dL/dtheta = -(dg/dtheta)' w,
 *
 * where theta stands for the weights and the condition. The solution is computed without recording, and then one evaluation of
 * g is recorded. The backward pass computes w by as many steps of w <- v - J_g(x)' w as x took. This converges because the
 * transposed Jacobian contracts as g does, in the dual norm. Memory is that of one evaluation of g, whatever n is.
 *
 * @throws UnsupportedError where a second derivative is taken. It comes from the gradient, not from this call. Use "unrolled"
 * for second derivatives.
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

/** Makes `steps` steps of x <- y - g(x) from x = y. Returns y itself for no step. */
function iterate(g: (x: Tensor) => Tensor, y: Tensor, steps: number): Tensor {
  let x = y;
  for (let i = 0; i < steps; i++) {
    const previous = x;
    x = tidy(() => sub(y, g(previous)));
    // The tape keeps references of its own to what a gradient needs.
    if (previous !== y) previous.dispose();
  }
  return x;
}

/**
 * The number of steps x <- y - g(x) from x = y after which the error is at most tolerance * |g(y)|, for every g with Lipschitz
 * constant L. This is the least n with L^n/(1-L) <= tolerance. Rounding is not included.
 *
 * @param lipschitz L, in (0, 1)
 * @param tolerance relative to |g(y)|, in (0, 1)
 * @see Behrmann et al. (2019), arXiv:1811.00995, the bound after algorithm 1
 */
export function stepsFor(lipschitz: number, tolerance: number): number {
  return Math.max(1, Math.ceil(Math.log(tolerance * (1 - lipschitz)) / Math.log(lipschitz)));
}

/** Limits of the synchronous inverse, which takes a fixed number of steps. */
export interface FixedInverseOptions {
  /** Upper bound on the error relative to |g(y)|, in (0, 1). Default 1e-6. It determines the number of steps. */
  readonly tolerance?: number;
  /** Largest number of steps that is allowed. Default 10000. */
  readonly maxIterations?: number;
}

/**
 * The number of steps that L and the tolerance need.
 *
 * @throws ArgumentError where it exceeds the cap.
 */
export function checkedSteps(
  where: string,
  lipschitz: number,
  options: Required<FixedInverseOptions>,
): number {
  const { tolerance, maxIterations } = options;
  if (!(tolerance > 0 && tolerance < 1)) fail(`${where}: inverse.tolerance`, "a number in (0, 1)", tolerance);
  const steps = stepsFor(lipschitz, tolerance);
  if (!(maxIterations >= steps))
    fail(
      `${where}: inverse.maxIterations`,
      `at least the ${steps} steps that a tolerance of ${tolerance} needs at L = ${lipschitz}`,
      maxIterations,
    );
  return steps;
}
