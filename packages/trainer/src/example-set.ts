import {
  checkPositiveInteger,
  checkShape,
  fail,
  NonFiniteError,
  ShapeError,
  sizeOf,
  tensor,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/** Examples in one typed array, row-major, `count` rows of `shape`. Pixels may be bytes; they become floats as they are. */
export interface ExampleSet {
  readonly values: Float32Array | Uint8Array;
  readonly shape: readonly number[];
  readonly count: number;
}

/**
 * @throws ArgumentError for an empty set or an array whose length is not count x shape; ShapeError where examples are
 *   not what the model takes.
 */
export function checkExamples(where: string, data: ExampleSet, inputShape: Shape): void {
  if (data.count === 0) fail(`${where}.data`, "at least one example", "none");
  checkPositiveInteger(`${where}.data.count`, data.count);
  checkShape(`${where}.data.shape`, data.shape);
  if (!(data.values instanceof Float32Array || data.values instanceof Uint8Array))
    fail(
      `${where}.data.values`,
      "a Float32Array or a Uint8Array",
      Object.prototype.toString.call(data.values),
    );
  const size = sizeOf(data.shape);
  if (data.values.length !== data.count * size)
    fail(
      `${where}.data.values`,
      `${data.count * size} numbers (${data.count} x [${data.shape.join(", ")}])`,
      data.values.length,
    );
  if (data.shape.length !== inputShape.length || data.shape.some((n, axis) => n !== inputShape[axis]))
    throw new ShapeError(
      `${where}.data.shape: expected [${inputShape.join(", ")}] as the model takes, received [${data.shape.join(", ")}]`,
    );
}

/**
 * The examples at `indices` as one tensor [B, ...shape].
 *
 * @throws NonFiniteError naming the first example that holds NaN or infinity. Checked while copying, on the host, so
 *   it costs no readback.
 */
export function gatherBatch(where: string, data: ExampleSet, indices: ArrayLike<number>): Tensor {
  const size = sizeOf(data.shape);
  const batch = new Float32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row]! * size;
    batch.set(data.values.subarray(start, start + size), row * size);
  }
  if (data.values instanceof Float32Array) {
    // x - x is 0 for finite x only, and a sum of zeros is the fastest whole-array test
    let total = 0;
    for (let i = 0; i < batch.length; i++) total += batch[i]! - batch[i]!;
    if (total !== 0) throw nonFiniteExample(where, data, batch, indices);
  }
  return tensor(batch, [indices.length, ...data.shape]);
}

function nonFiniteExample(
  where: string,
  data: ExampleSet,
  batch: Float32Array,
  indices: ArrayLike<number>,
): NonFiniteError {
  const size = sizeOf(data.shape);
  const at = batch.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(at / size);
  return new NonFiniteError(
    `${where}: expected finite input data, received ${batch[at]} in example ${indices[row]} ` +
      `(row ${row} of the batch, element ${at % size})`,
  );
}
