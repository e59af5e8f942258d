import { ShapeError, checkMembers, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import { checkLevels } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";

/** Rows of the same shape in one typed array, in row-major order. Bytes become floats of the same value. */
export interface Rows {
  /** The numbers of all rows. */
  readonly values: Float32Array | Uint8Array;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/** A data set of `count` examples, for instance images with pixels as bytes. */
export interface ExampleSet extends Rows {
  /** Number of examples. */
  readonly count: number;
  /** One row for each example, which conditional layers see as its row of `call.condition`. Default: none. */
  readonly condition?: Rows | undefined;
  /**
   * One row for each example, which objectives compare the result with, such as its class as a one-hot row. The model never sees it.
   * Default: none.
   */
  readonly target?: Rows | undefined;
}

/**
 * Checks that a data set fits a bijection, as its input.
 *
 * @throws ArgumentError for an empty set, for values or conditions whose length is not count x shape, and for numbers other
 * than the levels that the model takes.
 * @throws ShapeError where examples have another shape than the inputs of the model.
 */
export function checkExamples(where: string, data: ExampleSet, { inputShape, traits }: Bijection): void {
  checkMembers(`${where}.data`, "examples { values, shape, count }", data, ["values", "shape", "count"]);
  if (data.count === 0) fail(`${where}.data`, "at least one example", "none");
  checkPositiveInteger(`${where}.data.count`, data.count);
  checkRows(`${where}.data`, data, data.count);
  if (data.condition) checkRows(`${where}.data.condition`, data.condition, data.count);
  if (data.target) checkRows(`${where}.data.target`, data.target, data.count);
  if (data.shape.length !== inputShape.length || data.shape.some((n, axis) => n !== inputShape[axis]))
    throw new ShapeError(
      `${where}.data.shape: expected [${inputShape.join(", ")}] as the model takes, received [${data.shape.join(", ")}]`,
    );
  if (traits.levels !== undefined)
    checkLevels(`${where}.data.values`, data.values, traits.levels, sizeOf(inputShape));
}

function checkRows(where: string, { values, shape }: Rows, count: number): void {
  checkShape(`${where}.shape`, shape);
  if (!(values instanceof Float32Array || values instanceof Uint8Array))
    fail(`${where}.values`, "a Float32Array or a Uint8Array", Object.prototype.toString.call(values));
  const size = sizeOf(shape);
  if (values.length !== count * size)
    fail(`${where}.values`, `${count * size} numbers (${count} x [${shape.join(", ")}])`, values.length);
}
