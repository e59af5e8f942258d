import { checkPositiveInteger, fail } from "@invertible/ops";

/** Either a fixed number of power iterations with no readback, or as much work as a relative tolerance needs. */
export type RefreshOptions =
  | { readonly iterations: number; readonly tolerance?: never; readonly maxIterations?: never }
  | { readonly tolerance: number; readonly maxIterations?: number; readonly iterations?: never };

/** @throws ArgumentError for options out of range, or neither or both kinds at once. */
export function checkRefreshOptions(options: RefreshOptions): void {
  const { iterations, tolerance, maxIterations } = options;
  if ((iterations === undefined) === (tolerance === undefined))
    fail("refresh", "either { iterations } or { tolerance, maxIterations? }", options);
  if (iterations !== undefined) checkPositiveInteger("refresh: iterations", iterations);
  if (tolerance !== undefined && !(tolerance > 0 && tolerance < 1))
    fail("refresh: tolerance", "a number in (0, 1)", tolerance);
  if (maxIterations !== undefined) checkPositiveInteger("refresh: maxIterations", maxIterations);
}
