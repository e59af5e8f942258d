import type { Call } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import { dispose, sizeOf, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { augmented } from "./augmentation.ts";
import type { Augmentation } from "./augmentation.ts";
import type { ExampleSet, Rows } from "./example-set.ts";

/** Random changes of the examples of a batch. */
export interface BatchAugmentation {
  readonly augmentations: readonly Augmentation[];
  /** The key of this batch. */
  readonly random: Random;
}

/** What comes with the examples of a batch. */
export interface BatchContext {
  /** The part of a call that comes with them. */
  readonly given: Pick<Call, "condition">;
  /** What objectives compare their results with, [B, ...]. */
  readonly target?: Tensor | undefined;
}

/**
 * Copies the examples at `indices` into a batch [B, ...shape], with their rows of the condition and target if the set has some, and runs
 * `use` with them. All are freed afterwards. The examples are changed by augmentations where there are some, the other rows are not.
 *
 * @throws NonFiniteError naming the first example that holds NaN or infinity. The check runs on the host while copying, so it
 * reads nothing back.
 */
export async function withBatch<T>(
  where: string,
  data: ExampleSet,
  indices: ArrayLike<number>,
  use: (batch: Tensor, context: BatchContext) => Promise<T>,
  augmentation?: BatchAugmentation,
): Promise<T> {
  const tensors: Tensor[] = [];
  try {
    const values = gather(`${where}: expected finite input data`, data, indices);
    const batch = asBatch(
      data,
      indices,
      augmentation ? augment(where, values, data, indices, augmentation) : values,
    );
    tensors.push(batch);
    const beside = (rows: Rows | undefined, name: string): Tensor | undefined => {
      if (rows === undefined) return undefined;
      const tensor = asBatch(rows, indices, gather(`${where}: expected finite ${name}`, rows, indices));
      tensors.push(tensor);
      return tensor;
    };
    const condition = beside(data.condition, "conditions");
    const target = beside(data.target, "targets");
    return await use(batch, { given: condition ? { condition } : {}, target });
  } finally {
    dispose(tensors);
  }
}

function gather(expectation: string, { values, shape }: Rows, indices: ArrayLike<number>): Float32Array {
  const size = sizeOf(shape);
  const batch = new Float32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row]! * size;
    batch.set(values.subarray(start, start + size), row * size);
  }
  if (values instanceof Float32Array) checkFinite(expectation, batch, size, indices);
  return batch;
}

function augment(
  where: string,
  values: Float32Array,
  { shape }: Rows,
  indices: ArrayLike<number>,
  { augmentations, random }: BatchAugmentation,
): Float32Array {
  const changed = augmented(where, augmentations, { values, shape, count: indices.length }, random);
  checkFinite(`${where}: expected finite numbers from augmentations`, changed, sizeOf(shape), indices);
  return changed;
}

const asBatch = ({ shape }: Rows, indices: ArrayLike<number>, values: Float32Array): Tensor =>
  tensor(values, [indices.length, ...shape]);

function checkFinite(
  expectation: string,
  batch: Float32Array,
  size: number,
  indices: ArrayLike<number>,
): void {
  // x - x is 0 for finite x only, and a sum of zeros is the fastest test of a whole array.
  let total = 0;
  for (let i = 0; i < batch.length; i++) total += batch[i]! - batch[i]!;
  if (total !== 0) throw nonFiniteExample(expectation, batch, size, indices);
}

function nonFiniteExample(
  expectation: string,
  batch: Float32Array,
  size: number,
  indices: ArrayLike<number>,
): NonFiniteError {
  const at = batch.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(at / size);
  return new NonFiniteError(
    `${expectation}, received ${batch[at]} in example ${indices[row]} ` +
      `(row ${row} of the batch, element ${at % size})`,
  );
}
