import { fail } from "@invertible/errors";
import { boundEuclidean, boundLargestEuclidean } from "./bound-euclidean.ts";
import { boundByInterpolation } from "./closed-forms/bound-by-interpolation.ts";
import { closedForms, powerError } from "./closed-forms/closed-forms.ts";
import type { Convolution64 } from "./convolution64.ts";
import { directSum } from "./direct-sum.ts";
import { dualExponent } from "./norms.ts";
import type { Norms, VectorNorm } from "./norms.ts";
import type { OperatorWeights } from "./operator-weights.ts";
import { roundedUp } from "./rounding.ts";

/** A proven bound: |A x|_codomain <= bound |x|_domain. The proof treats the weights as exact numbers. */
export interface OperatorCertificate {
  /** The upper bound of the norm. */
  readonly bound: number;
  /** The p of the norm of x. */
  readonly domain: VectorNorm;
  /** The q of the norm of A x. */
  readonly codomain: VectorNorm;
  /** How it was proven; see `certifyOperator`. */
  readonly method: "cholesky" | "dft" | "closed form" | "interpolation";
}

/**
 * Proves an upper bound of an operator's norm |A| = sup |A x|_codomain / |x|_domain. The proof treats the weights as exact
 * numbers.
 *
 * The proof depends on the norms:
 * - From 2 to 2, "cholesky" or "dft". Where it takes a fraction of a second, the operator itself, zero padding and stride
 *   included, is bounded by a Cholesky factorisation of s^2 I - A'A ("cholesky"). This is at most 1e-5 above the norm.
 *   Otherwise it is bounded by its symbol on a grid of frequencies ("dft"). The excess then falls with the square of the
 *   image's size: for 3 x 3 kernels it is about 3 % on 8 x 8 and 1 % on 14 x 14. For images too large to look at the whole
 *   grid, the grid is thinned out, which adds at most 4 %.
 * - From 1 to q and from p to infinity, "closed form": the largest norm of a column or row. This is the norm itself, rounded
 *   up.
 * - Between other norms, "interpolation": interpolation between these, and norm equivalence.
 *
 * Everything is computed in float64. Rounding is covered by bounds on the errors of every step, which are stated where the step
 * is. The only assumptions are IEEE arithmetic with correctly rounded square roots, Math.cos and Math.sin within 2^-50, and
 * Math.pow within a relative 2^-40 of exact. The bound holds for real and for complex vectors. It says nothing about the
 * rounding of a float32 forward pass.
 *
 * @throws ArgumentError for a norm outside [1, Infinity], shapes that do not fit each other, or weights beyond 2^-900 to 2^900.
 * @throws NonFiniteError for a weight that is NaN or infinite.
 */
export function certifyOperator(
  operator: OperatorWeights,
  norms: Norms = { domain: 2, codomain: 2 },
): OperatorCertificate {
  const { domain, codomain } = norms;
  for (const norm of [domain, codomain])
    if (!(norm >= 1)) fail("certifyOperator: norm", "a number in [1, Infinity]", norm);
  const parts = directSum(operator);
  if (domain === 2 && codomain === 2) return { ...boundLargestEuclidean(parts), domain, codomain };
  const bounds = parts.map(({ scale, convolution }) => scale * boundPart(convolution, domain, codomain));
  const method = domain === 1 || codomain === Infinity ? "closed form" : "interpolation";
  return { bound: ofDirectSum(bounds, domain, codomain), domain, codomain, method };
}

/** Bounds the norm of one part, between norms other than 2 and 2. */
function boundPart(convolution: Convolution64, domain: number, codomain: number): number {
  if (convolution.taps.length === 0) return 0;
  const forms = closedForms(convolution);
  if (domain === 1) return forms.largest("inputs", codomain);
  if (codomain === Infinity) return forms.largest("outputs", dualExponent(domain));
  const { height, width, outHeight, outWidth, inputs, outputs } = convolution;
  const sizes = [height * width * inputs, outHeight * outWidth * outputs] as const;
  const euclidean = boundEuclidean(convolution).bound;
  return boundByInterpolation({ forms, euclidean, sizes }, domain, codomain);
}

/**
 * The norm of a direct sum of maps with norms N_i, which is sup (sum (N_i t_i)^q)^(1/q) over sum t_i^p = 1. For p <= q this is
 * the largest N_i. Otherwise it is their l_r norm with 1/r = 1/q - 1/p.
 */
function ofDirectSum(norms: readonly number[], domain: number, codomain: number): number {
  const largest = Math.max(...norms);
  if (domain <= codomain || norms.length === 1 || largest === 0) return largest;
  const r = 1 / (1 / codomain - 1 / domain);
  const sum = norms.reduce((total, norm) => total + (norm / largest) ** r, 0);
  return roundedUp(largest * sum ** (1 / r) * (1 + 4 * powerError), norms.length);
}
