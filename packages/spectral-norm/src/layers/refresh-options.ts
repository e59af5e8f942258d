import type { RefreshOptions } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";

/**
 * Checks the options of `refresh`.
 *
 * @throws ArgumentError for options out of range, for unknown ones, and for neither or both of the two kinds.
 */
export function checkRefreshOptions(options: RefreshOptions): void {
  checkOptions<RefreshOptions>("refresh", options, {
    iterations: "optional",
    tolerance: "optional",
    absoluteTolerance: "optional",
    maxIterations: "optional",
  });
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
