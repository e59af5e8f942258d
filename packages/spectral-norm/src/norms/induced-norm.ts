import { dualExponent } from "@invertible/certificates";
import type { VectorNorm } from "@invertible/certificates";
import { NonFiniteError, fail } from "@invertible/errors";
import { singularValues, transpose64 } from "@invertible/ops";
import type { Matrix64 } from "@invertible/ops";
import { largestAtCorners, searchInducedNorm } from "./induced-norm-search.ts";
import { vectorNorm } from "./vector-norm.ts";

/** Largest size of the side whose sign patterns are all tried. This means at most 2^14 corners of the cube. */
const mostSigns = 15;

/**
 * Computes the norm |A| = sup |A x|_codomain / |x|_domain of a matrix that maps x to A x, in float64.
 *
 * It is exact up to rounding in these cases:
 * - from domain 1, where it is the largest column, and to codomain infinity, where it is the largest row in the dual norm
 * - from 2 to 2, where it is the largest singular value
 * - for a single row or column
 * - from domain infinity or to codomain 1, where that side has at most 15 entries, by trying every corner of the cube
 *
 * All other cases are NP-hard or close to it. For them the result is a lower estimate from power iterations with restarts. For
 * an upper bound, see `certifyNorm`.
 *
 * @param a [outputs, inputs]
 * @throws ArgumentError for a norm outside [1, Infinity].
 * @throws NonFiniteError for an entry that is NaN or infinite.
 */
export function inducedNorm(a: Matrix64, domain: VectorNorm, codomain: VectorNorm): number {
  for (const norm of [domain, codomain])
    if (!(norm >= 1)) fail("inducedNorm: norm", "a number in [1, Infinity]", norm);
  const strange = a.data.find((value) => !Number.isFinite(value));
  if (strange !== undefined)
    throw new NonFiniteError(`inducedNorm: expected finite entries, received ${strange}`);
  const largest = a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 0;
  const unit = { ...a, data: a.data.map((value) => value / largest) };
  return largest * normOf(unit, transpose64(unit), domain, codomain);
}

function normOf(a: Matrix64, transposed: Matrix64, p: number, q: number): number {
  if (p === 1 || a.columns === 1) return largestRow(transposed, q);
  if (q === Infinity || a.rows === 1) return largestRow(a, dualExponent(p));
  if (p === 2 && q === 2) return singularValues(a)[0]!;
  if (p === Infinity && a.columns <= mostSigns) return largestAtCorners(a, transposed, q);
  // The norm of A from l_p to l_q is that of A' from l_q' to l_p'.
  if (q === 1 && a.rows <= mostSigns) return largestAtCorners(transposed, a, dualExponent(p));
  return searchInducedNorm(a, transposed, p, q);
}

function largestRow({ rows, columns, data }: Matrix64, p: number): number {
  return Array.from({ length: rows }, (_, i) =>
    vectorNorm(data.subarray(i * columns, (i + 1) * columns), p),
  ).reduce((most, norm) => Math.max(most, norm), 0);
}
