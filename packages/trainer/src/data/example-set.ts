import { ShapeError, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import { checkLevels } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";

/** Rows of one shape in one typed array, row-major. Bytes become floats as they are. */
export interface Rows {
  readonly values: Float32Array | Uint8Array;
  /** Of one row. */
  readonly shape: readonly number[];
}

/** `count` examples, for instance pixels as bytes. */
export interface ExampleSet extends Rows {
  readonly count: number;
  /** `count` rows, one for each example: its row of `call.condition`, which conditional layers see. Default: none. */
  readonly condition?: Rows | undefined;
}

/**
 * @throws ArgumentError for an empty set, values or conditions whose length is not count x shape, or other numbers than the
 *   levels that the model takes; ShapeError where examples have another shape than the model's inputs.
 */
export function checkExamples(where: string, data: ExampleSet, { bijection, traits }: Flow): void {
  const { inputShape } = bijection;
  if (data.count === 0) fail(`${where}.data`, "at least one example", "none");
  checkPositiveInteger(`${where}.data.count`, data.count);
  checkRows(`${where}.data`, data, data.count);
  if (data.condition) checkRows(`${where}.data.condition`, data.condition, data.count);
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
