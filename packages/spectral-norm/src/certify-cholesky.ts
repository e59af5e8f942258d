import { dot } from "./certify-dot.ts";
import type { BandMatrix } from "./certify-band-matrix.ts";
import { gamma, unitRoundoff } from "./certify-rounding.ts";

/**
 * Whether the largest eigenvalue of a symmetric H is proven to be at most s. `false` says nothing.
 *
 * H is known as a float64 matrix G with |H - G|_2 <= error. The proof is a Cholesky factorisation of M = t I - G, t < s, that
 * reaches its end in float64. Then the computed factor R satisfies R'R = M + D exactly, with |D| <= gamma_(b+5) |R|'|R| entry by
 * entry for a matrix of band b, in whatever order sums are added (b + 1 products each; dividing by way of the inverse of the
 * diagonal costs the diagonal four roundings more). So |D|_2 <= gamma |R|_F^2 = gamma tr(M + D) <= gamma tr(M) / (1 - gamma) and
 * M >= -D, where tr(M) <= n (t + error) because the diagonal of H is nonnegative. Rounding t - G_ii costs at most u t. Together:
 * s = t (1 + 4 u + 2 n gamma) + error is a bound, for error < t / 2. Weights are scaled to have entries near 1, so that what
 * underflows, below 2^-900 in all, is covered by the spare multiples of u t.
 *
 * @see Rump (2006), Verification of positive definiteness, BIT 46, theorem 2.3; Higham (2002), theorem 10.3
 */
export function isAtMost(g: BandMatrix, error: number, s: number): boolean {
  const { size, band, data } = g;
  const t = (s - error) / (1 + 4 * unitRoundoff + 2 * size * gamma(band + 5));
  if (!(t > 2 * error)) return false;
  const width = band + 1;
  const r = new Float64Array(data.length);
  const inverses = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = i * width + band - i;
    const first = Math.max(0, i - band);
    for (let j = first; j < i; j++) {
      const other = j * width + band - j;
      const start = Math.max(first, j - band);
      r[row + j] = (-data[row + j]! - dot(r, row + start, r, other + start, j - start)) * inverses[j]!;
    }
    const pivot = t - data[row + i]! - dot(r, row + first, r, row + first, i - first);
    if (!(pivot > 0)) return false;
    inverses[i] = 1 / Math.sqrt(pivot);
  }
  return true;
}
