import { checkOptions, fail } from "@invertible/errors";
import { checkContraction } from "../estimators/estimator.ts";

/** Options of `truncationBound`. */
export interface TruncationBoundOptions {
  /** A bound L on |J| in some l_p operator norm, in [0, 1). */
  readonly lipschitz: number;
  /** The number d of values in one example. */
  readonly dimension: number;
  /** The number n of terms. With 0 the bound is one on log det itself. */
  readonly terms: number;
}

/**
 * The largest possible distance, in nats, between the truncated series sum_{k=1..n} (-1)^(k+1)/k tr(J^k) and log det(I + J):
 *
 *     d * sum_{k>n} L^k/k = -d * (ln(1-L) + sum_{k=1..n} L^k/k)  <=  d L^(n+1) / ((n+1)(1-L))
 *
 * It is attained if every eigenvalue of J is -L. Trained networks are far below it.
 *
 * @throws ArgumentError unless 0 <= lipschitz < 1, and dimension >= 1 and terms >= 0 are integers.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 4.3
 */
export function truncationBound(options: TruncationBoundOptions): number {
  checkOptions("truncationBound", options, {
    lipschitz: "required",
    dimension: "required",
    terms: "required",
  });
  const { lipschitz, dimension, terms } = options;
  checkContraction("truncationBound", { lipschitz, dimension });
  if (!Number.isSafeInteger(terms) || terms < 0) fail("truncationBound: terms", "an integer >= 0", terms);
  return dimension * (tailIsShort(lipschitz) ? tail(lipschitz, terms) : complement(lipschitz, terms));
}

/**
 * Whether to sum the tail. Below 0.97 it has fewer than 1000 significant terms. Above, ln(1-L) dominates and cancellation does
 * not matter.
 */
const tailIsShort = (lipschitz: number) => lipschitz < 0.97;

/** sum_{k>n} L^k/k, summed until it no longer changes. Nothing cancels, even where the sum is 1e-15. */
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
  // Rounding may leave a number like -1e-16 instead of 0.
  return Math.max(-total, 0);
}
