import { NonFiniteError, checkPositiveInteger, fail } from "@invertible/errors";

/** A dense real matrix in double precision. */
export interface Matrix64 {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** The entries row by row: entry (i, j) is `data[i * columns + j]`. */
  readonly data: Float64Array;
}

/**
 * Makes a matrix from its entries, given row by row. A Float64Array is kept; plain numbers and other typed arrays are copied.
 *
 * @throws ArgumentError where the sizes are not positive integers or do not multiply to the number of entries.
 */
export function matrix64(rows: number, columns: number, entries: ArrayLike<number>): Matrix64 {
  checkPositiveInteger("matrix64: rows", rows);
  checkPositiveInteger("matrix64: columns", columns);
  if (entries.length !== rows * columns) {
    fail("matrix64: entries", `${rows} x ${columns} = ${rows * columns} numbers`, entries.length);
  }
  return { rows, columns, data: entries instanceof Float64Array ? entries : Float64Array.from(entries) };
}

/**
 * Makes the identity matrix [size, size].
 *
 * @throws ArgumentError unless `size` is a positive integer.
 */
export function identity64(size: number): Matrix64 {
  checkPositiveInteger("identity64: size", size);
  const data = new Float64Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return { rows: size, columns: size, data };
}

/** Computes the transposed matrix. */
export function transpose64({ rows, columns, data }: Matrix64): Matrix64 {
  const transposed = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) transposed[j * rows + i] = data[i * columns + j]!;
  }
  return { rows: columns, columns: rows, data: transposed };
}

/**
 * Computes A B, for A [m, k] and B [k, n]; the result is [m, n].
 *
 * @throws ArgumentError where the inner sizes differ.
 */
export function multiply64(a: Matrix64, b: Matrix64): Matrix64 {
  if (a.columns !== b.rows) fail("multiply64: b", `${a.columns} rows`, b.rows);
  const data = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k]!;
      for (let j = 0; j < b.columns; j++) data[i * b.columns + j]! += factor * b.data[k * b.columns + j]!;
    }
  }
  return { rows: a.rows, columns: b.columns, data };
}

/**
 * Checks that a matrix is square.
 *
 * @throws ArgumentError where it is not.
 */
export function checkSquare(where: string, { rows, columns }: Matrix64): void {
  if (rows !== columns) fail(where, "a square matrix", `${rows} x ${columns}`);
}

/**
 * Checks that all entries are finite. Elimination would spread a NaN silently, and the iteration of the SVD would never end.
 *
 * @throws NonFiniteError naming the entry and its position.
 */
export function checkFinite(where: string, { columns, data }: Matrix64): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const position = `(${Math.floor(at / columns)}, ${at % columns})`;
  throw new NonFiniteError(`${where}: expected finite entries, received ${data[at]} at ${position}`);
}

/** A power of two within a factor of two of `magnitude`, or 1 for zero. Multiplying by it changes no digit. */
export function powerOfTwo(magnitude: number): number {
  return magnitude === 0 ? 1 : 2 ** Math.floor(Math.log2(magnitude));
}
