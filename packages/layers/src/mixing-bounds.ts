import type { LipschitzBounds } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import {
  frobeniusNormBound,
  identity64,
  multiply64,
  roundUp,
  solve,
  spectralNormBound,
} from "@invertible/ops";
import type { Matrix64 } from "@invertible/ops";
import { expError } from "./exp-above.ts";

/**
 * Proves upper bounds of |W|_2 and |W^-1|_2 for W = L (U + diag(sign * exp(logScale))), packed as in `PluFactors`, [n, n]. They
 * hold for exact arithmetic on these numbers. A permutation of rows changes neither norm.
 *
 * Let M be the product in float64. Then |W - M| <= E entry by entry, where E = gamma_n |L||U| plus the errors of exp, so |W| <=
 * |M| + |E|_F. For the inverse, let R be an approximate inverse of M in float64, and r >= |I - R W|. If r < 1, Neumann's series
 * gives |W^-1| <= |R| / (1 - r). For a condition number above about 10^14, and where exp overflows or underflows, nothing is
 * proven about the inverse, and its bound is Infinity.
 *
 * @throws NonFiniteError where a factor is NaN or infinite.
 * @see Rump (2010), Verification methods: rigorous results using floating-point arithmetic, section 10
 */
export function mixingBounds(where: string, packed: Matrix64, signs: readonly number[]): LipschitzBounds {
  const bad = packed.data.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new NonFiniteError(`${where}: expected finite factors, received ${bad}`);
  const { lower, upper } = unpacked(packed, signs);
  const n = packed.rows;
  const weight = multiply64(lower, upper);
  if (!weight.data.every(Number.isFinite)) return { forward: Infinity, inverse: Infinity };
  // The term with 2^-1000 covers diagonals that underflow. Their error is absolute, below 2^-1074, and is multiplied by entries
  // of L.
  const error = roundUp(
    frobeniusNormBound(multiply64(absolute(lower), absolute(upper))) * (gamma(n) + 2 * expError) +
      frobeniusNormBound(lower) * 2 ** -1000,
  );
  const forward = roundUp(spectralNormBound(weight) + error);
  return { forward, inverse: inverseBound(weight, error) };
}

/** A number no smaller than |W^-1|, for every W with |W - M|_F <= error. */
function inverseBound(matrix: Matrix64, error: number): number {
  const n = matrix.rows;
  const inverse = approximateInverse(matrix);
  if (inverse === undefined) return Infinity;
  const product = multiply64(inverse, matrix);
  const residual = {
    ...product,
    data: product.data.map((value, at) => value - (at % (n + 1) === 0 ? 1 : 0)),
  };
  const rounding =
    (frobeniusNormBound(multiply64(absolute(inverse), absolute(matrix))) + Math.sqrt(n)) * gamma(n);
  const norm = spectralNormBound(inverse);
  const r = roundUp(roundUp(frobeniusNormBound(residual) + rounding) + roundUp(norm * error));
  // Rounded up twice, for the difference and for the quotient.
  return r < 1 ? roundUp(roundUp(norm / (1 - r))) : Infinity;
}

function approximateInverse(matrix: Matrix64): Matrix64 | undefined {
  try {
    const inverse = solve(matrix, identity64(matrix.rows));
    return inverse.data.every(Number.isFinite) ? inverse : undefined;
  } catch {
    return undefined; // exactly singular in float64
  }
}

/**
 * A number above gamma_n = n u / (1 - n u), u = 2^-53, for the n + 1 operations of a dot product less an entry of I. It also
 * covers the rounding of their norms.
 */
function gamma(n: number): number {
  return (n + 8) * Number.EPSILON;
}

function absolute(matrix: Matrix64): Matrix64 {
  return { ...matrix, data: matrix.data.map(Math.abs) };
}

function unpacked({ rows: n, data }: Matrix64, signs: readonly number[]) {
  const fill = (value: (row: number, column: number, entry: number) => number): Matrix64 => ({
    rows: n,
    columns: n,
    data: data.map((entry, at) => value(Math.floor(at / n), at % n, entry)),
  });
  return {
    lower: fill((row, column, entry) => (row > column ? entry : Number(row === column))),
    upper: fill((row, column, entry) =>
      row === column ? signs[row]! * Math.exp(entry) : row < column ? entry : 0,
    ),
  };
}
