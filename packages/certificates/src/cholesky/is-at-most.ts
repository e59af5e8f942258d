import { rowOffset } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { gamma, unitRoundoff } from "../rounding.ts";

/**
 * Whether the largest eigenvalue of a symmetric H >= 0 is proven to be at most s. `false` means only that there is no proof.
 *
 * H is known as a float64 matrix G with |H - G|_2 <= error. The proof is a Cholesky factorisation of M = t I - G, with t < s,
 * that reaches its end in float64. It is valid for the following reasons.
 *
 * The computed factor R satisfies R'R = M + D exactly, where |D| <= gamma_(b+5) |R|'|R| entry by entry for a matrix of band b.
 * This holds in whatever order sums are added (b + 1 products each). Dividing by way of the inverse of the diagonal costs the
 * diagonal four roundings more. So |D|_2 <= gamma |R|_F^2 = gamma tr(M + D) <= gamma tr(M) / (1 - gamma) and M >= -D. Here
 * tr(M) <= n (t + error), because the diagonal of H is nonnegative. Rounding t - G_ii costs at most u t.
 *
 * Together, s = t (1 + 4 u + 2 n gamma) + error is a bound for error < t / 2. Weights are scaled to have entries near 1, so
 * that what underflows, below 2^-900 in all, is covered by the spare multiples of u t.
 *
 * @param workspace of the length of g.data; it is overwritten
 * @see Rump (2006), Verification of positive definiteness, BIT 46, theorem 2.3; Higham (2002), lemma 8.4 and theorem 10.3
 */
export function isAtMost(
  g: BandMatrix,
  error: number,
  s: number,
  workspace: Float64Array = new Float64Array(g.data.length),
): boolean {
  const { size, band, data } = g;
  const t = (s - error) / (1 + 4 * unitRoundoff + 2 * size * gamma(band + 5));
  if (!(t > 2 * error)) return false;
  return completesCholesky(data, size, band, t, workspace);
}

/** Whether all pivots of t I - G are positive. Two rows are processed at a time, so that every number loaded is used twice. */
function completesCholesky(g: Float64Array, size: number, band: number, t: number, r: Float64Array): boolean {
  const inverses = new Float64Array(size + 1);
  for (let i = 0; i < size; i += 2) {
    const first = Math.max(0, i - band);
    const [upper, lower] = [rowOffset(band, i), rowOffset(band, i + 1)];
    for (let j = first; j <= i; j += 2) {
      const [left, right] = [rowOffset(band, j), rowOffset(band, j + 1)];
      let [ul, ur, ll, lr] = [0, 0, 0, 0];
      for (let k = first; k < j; k++) {
        const [u, l, x, y] = [r[upper + k]!, r[lower + k]!, r[left + k]!, r[right + k]!];
        ul += u * x;
        ur += u * y;
        ll += l * x;
        lr += l * y;
      }
      if (j < i) {
        const across = r[right + j]!;
        const [a, b] = [(-g[upper + j]! - ul) * inverses[j]!, (-g[lower + j]! - ll) * inverses[j]!];
        r[upper + j] = a;
        r[lower + j] = b;
        r[upper + j + 1] = (-g[upper + j + 1]! - ur - a * across) * inverses[j + 1]!;
        r[lower + j + 1] = (-g[lower + j + 1]! - lr - b * across) * inverses[j + 1]!;
        continue;
      }
      const pivot = t - g[upper + i]! - ul;
      if (!(pivot > 0)) return false;
      inverses[i] = 1 / Math.sqrt(pivot);
      const below = (-g[lower + i]! - ll) * inverses[i]!;
      r[lower + i] = below;
      // An odd size has a row of zeros behind it, whose pivot is t.
      const last = t - g[lower + i + 1]! - lr - below * below;
      if (!(last > 0)) return false;
      inverses[i + 1] = 1 / Math.sqrt(last);
    }
  }
  return true;
}
