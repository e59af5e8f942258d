import fc from "fast-check";
import { identity64, matrix64 } from "../src/float64/matrix64.ts";
import type { Matrix64 } from "../src/float64/matrix64.ts";

/** A matrix from nested rows. */
export function rows64(rows: readonly (readonly number[])[]): Matrix64 {
  return matrix64(rows.length, rows[0]!.length, rows.flat());
}

export function diagonal64(values: readonly number[]): Matrix64 {
  const matrix = identity64(values.length);
  values.forEach((value, i) => (matrix.data[i * values.length + i] = value));
  return matrix;
}

/** Frobenius norm, safe for entries whose squares overflow. */
export function norm({ data }: { data: Float64Array }): number {
  return Math.hypot(...data);
}

export function difference(a: Matrix64, b: Matrix64): Matrix64 {
  return matrix64(
    a.rows,
    a.columns,
    a.data.map((value, i) => value - b.data[i]!),
  );
}

/** Random matrices with the given sizes; entries include 0, repeats and wide ranges of magnitude. */
export function matrices(rows: fc.Arbitrary<number>, columns?: fc.Arbitrary<number>): fc.Arbitrary<Matrix64> {
  const entry = fc.oneof(
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.integer({ min: -2, max: 2 }),
    fc.double({ min: -1e8, max: 1e8, noNaN: true }),
  );
  return rows.chain((m) =>
    (columns ?? fc.constant(m)).chain((n) =>
      fc.array(entry, { minLength: m * n, maxLength: m * n }).map((entries) => matrix64(m, n, entries)),
    ),
  );
}

export const sizes = fc.integer({ min: 1, max: 7 });
export const seeded = { seed: 20240607, numRuns: 300 } as const;
