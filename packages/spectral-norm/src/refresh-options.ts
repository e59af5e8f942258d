import { checkPositiveInteger, fail } from "@invertible/ops";

/** Either a fixed number of power iterations with no readback, or as much work as a tolerance needs. */
export type RefreshOptions =
  | {
      readonly iterations: number;
      readonly tolerance?: never;
      readonly absoluteTolerance?: never;
      readonly maxIterations?: never;
    }
  | {
      /** Stop when the estimate rises by less than `tolerance` of itself plus `absoluteTolerance`. */
      readonly tolerance: number;
      /** Default 0. For weights near 0, whose relative error does not matter. */
      readonly absoluteTolerance?: number;
      /** Default 1000. */
      readonly maxIterations?: number;
      readonly iterations?: never;
    };

/** @throws ArgumentError for options out of range, or neither or both kinds at once. */
export function checkRefreshOptions(options: RefreshOptions): void {
  const { iterations, tolerance, absoluteTolerance, maxIterations } = options;
  if ((iterations === undefined) === (tolerance === undefined))
    fail("refresh", "either { iterations } or { tolerance, absoluteTolerance?, maxIterations? }", options);
  if (iterations !== undefined) checkPositiveInteger("refresh: iterations", iterations);
  if (tolerance !== undefined && !(tolerance > 0 && tolerance < 1))
    fail("refresh: tolerance", "a number in (0, 1)", tolerance);
  if (absoluteTolerance !== undefined && !(absoluteTolerance >= 0 && absoluteTolerance < Infinity))
    fail("refresh: absoluteTolerance", "a number >= 0", absoluteTolerance);
  if (maxIterations !== undefined) checkPositiveInteger("refresh: maxIterations", maxIterations);
}
