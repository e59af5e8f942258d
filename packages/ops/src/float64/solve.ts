import { checkOptions, fail } from "@invertible/errors";
import { luDecompose } from "./lu.ts";
import { checkFinite, checkSquare } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";

/** Options of `solveTriangular`. */
export interface TriangularOptions {
  /** Which triangle holds the matrix. The other one is not read. */
  readonly triangle: "lower" | "upper";
  /** With "unit", the diagonal is taken to be ones and not read. Default "stored". */
  readonly diagonal?: "stored" | "unit";
}

/**
 * Solves T X = B by substitution, for T [n, n] and B [n, k]; the result X is [n, k].
 *
 * @throws ArgumentError where the sizes do not fit or a stored diagonal entry is zero.
 * @throws NonFiniteError where an entry is NaN or infinite.
 */
export function solveTriangular(t: Matrix64, b: Matrix64, options: TriangularOptions): Matrix64 {
  checkOptions("solveTriangular", options, { triangle: "required", diagonal: "optional" });
  const { triangle, diagonal = "stored" } = options;
  checkSquare("solveTriangular: t", t);
  checkRightSide("solveTriangular: b", t, b);
  checkFinite("solveTriangular: t", t);
  const { rows, columns } = b;
  const x = b.data.slice();
  for (let step = 0; step < rows; step++) {
    const i = triangle === "lower" ? step : rows - 1 - step;
    const [from, to] = triangle === "lower" ? [0, i] : [i + 1, rows];
    for (let k = from; k < to; k++) {
      const factor = t.data[i * rows + k]!;
      for (let j = 0; j < columns; j++) x[i * columns + j]! -= factor * x[k * columns + j]!;
    }
    if (diagonal === "unit") continue;
    const pivot = t.data[i * rows + i]!;
    if (pivot === 0) fail("solveTriangular: t", "a diagonal without zeros", `0 at (${i}, ${i})`);
    for (let j = 0; j < columns; j++) x[i * columns + j]! /= pivot;
  }
  return { rows, columns, data: x };
}

/**
 * Solves A X = B by LU decomposition with partial pivoting, for A [n, n] and B [n, k]; the result X is [n, k]. For a nearly
 * singular A it returns the result of backward-stable elimination, whose error grows with the condition number.
 *
 * @throws ArgumentError where the sizes do not fit or A is exactly singular.
 * @throws NonFiniteError where an entry is NaN or infinite.
 */
export function solve(a: Matrix64, b: Matrix64): Matrix64 {
  checkSquare("solve: a", a);
  checkRightSide("solve: b", a, b);
  const { lower, upper, permutation } = luDecompose(a);
  for (let i = 0; i < a.rows; i++) {
    if (upper.data[i * a.rows + i] === 0) fail("solve: a", "a regular matrix", `a zero pivot in column ${i}`);
  }
  const permuted = new Float64Array(b.data.length);
  for (let i = 0; i < b.rows; i++) {
    const row = permutation[i]!;
    permuted.set(b.data.subarray(row * b.columns, (row + 1) * b.columns), i * b.columns);
  }
  const y = solveTriangular(lower, { ...b, data: permuted }, { triangle: "lower", diagonal: "unit" });
  return solveTriangular(upper, y, { triangle: "upper" });
}

function checkRightSide(where: string, a: Matrix64, b: Matrix64): void {
  if (b.rows !== a.rows) fail(where, `${a.rows} rows`, b.rows);
  checkFinite(where, b);
}
