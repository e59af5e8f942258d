import { fail } from "@invertible/ops";

/**
 * Steps of x <- y - g(x) from x = y after which the error is at most tolerance * |g(y)|, for any g with Lipschitz
 * constant L: the least n with L^n/(1-L) <= tolerance. Rounding aside.
 * @see Behrmann et al. (2019), arXiv:1811.00995, the bound after algorithm 1
 */
export function stepsFor(lipschitz: number, tolerance: number): number {
  return Math.max(1, Math.ceil(Math.log(tolerance * (1 - lipschitz)) / Math.log(lipschitz)));
}

/** Limits of the synchronous inverse. */
export interface FixedInverseOptions {
  /** Bound on the error relative to |g(y)|. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 10000. */
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
  const steps = stepsFor(lipschitz, tolerance);
  if (!(maxIterations >= steps))
    fail(
      `${where}: inverse.maxIterations`,
      `at least the ${steps} steps that a tolerance of ${tolerance} needs at L = ${lipschitz}`,
      maxIterations,
    );
  return steps;
}
