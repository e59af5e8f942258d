import { fail } from "@invertible/errors";
import { checkContraction } from "../estimators/estimator.ts";

export interface TruncationBoundOptions {
  /** L, a bound on |J| in some l_p operator norm, in [0, 1). */
  readonly lipschitz: number;
  /** d */
  readonly dimension: number;
  /** n, the length of the series; 0 bounds log det itself. */
  readonly terms: number;
}

/**
 * How far the series sum_{k=1..n} (-1)^(k+1)/k tr(J^k) can be from log det(I + J), in nats:
 *
 *     d * sum_{k>n} L^k/k = -d * (ln(1-L) + sum_{k=1..n} L^k/k)  <=  d L^(n+1) / ((n+1)(1-L))
 *
 * Attained when every eigenvalue of J is -L; trained networks are far below it.
 *
 * @throws ArgumentError unless 0 <= lipschitz < 1, dimension >= 1 and terms >= 0, the last two integers.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 4.3
 */
export function truncationBound({ lipschitz, dimension, terms }: TruncationBoundOptions): number {
  checkContraction("truncationBound", { lipschitz, dimension });
  if (!Number.isSafeInteger(terms) || terms < 0) fail("truncationBound: terms", "an integer >= 0", terms);
  return dimension * (tailIsShort(lipschitz) ? tail(lipschitz, terms) : complement(lipschitz, terms));
}

/** Below this, the tail needs under 1000 terms; above it, ln(1-L) dominates and nothing cancels to matter. */
const tailIsShort = (lipschitz: number) => lipschitz < 0.97;

/** sum_{k>n} L^k/k, summed until it no longer changes: no cancellation, also where the sum is 1e-15. */
function tail(lipschitz: number, terms: number): number {
  let total = 0;
  let power = lipschitz ** (terms + 1);
  for (let k = terms + 1; total + power / k !== total; k++) {
    total += power / k;
    power *= lipschitz;
  }
  return total;
}

function complement(lipschitz: number, terms: number): number {
  let total = Math.log1p(-lipschitz);
  for (let k = 1; k <= terms && total < 0; k++) total += lipschitz ** k / k;
  // Rounding may leave a bound of 1e-16 on the wrong side of 0.
  return Math.max(-total, 0);
}
