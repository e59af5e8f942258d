import type { GraphConstant } from "./graph.ts";

/** A constant and the number of examples it was made for. */
export interface SizedConstant {
  readonly batch: number;
  readonly constant: GraphConstant;
}

/** Rows from which a constant follows for every batch. */
export interface RepeatedRows {
  /** Each row once, [count, 1, size]. */
  readonly rows: GraphConstant;
  /** The shape in which every row is there once for every example, with -1 for the axis that grows. */
  readonly shape: readonly number[];
}

/**
 * The rows of which each constant has every one `batch` times in succession along one axis, such as basis vectors for all examples.
 * Undefined unless all constants consist of the same rows.
 */
export function repeatedRows(sized: readonly SizedConstant[]): RepeatedRows | undefined {
  const [first, second] = sized.map(({ constant }) => constant.shape) as [
    readonly number[],
    readonly number[],
  ];
  const axis = first.findIndex((size, i) => size !== second[i]);
  if (axis < 0) return undefined;
  const shape = first.with(axis, -1);
  const all = sized.map(({ batch, constant }) =>
    constant.shape.length === first.length && constant.shape.with(axis, -1).join() === shape.join()
      ? distinctRows(batch, constant, axis)
      : undefined,
  );
  const [rows] = all;
  if (rows === undefined) return undefined;
  const isSame = all.every(
    (each) => each?.dtype === rows.dtype && Buffer.compare(each.bytes, rows.bytes) === 0,
  );
  return isSame ? { rows, shape } : undefined;
}

function distinctRows(batch: number, constant: GraphConstant, axis: number): GraphConstant | undefined {
  const { shape, bytes } = constant;
  const count = shape.slice(0, axis + 1).reduce((product, size) => product * size, 1);
  if (count === 0 || shape[axis]! % batch !== 0) return undefined;
  const length = bytes.length / count;
  const row = (i: number) => bytes.subarray(i * length, (i + 1) * length);
  const rows: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (i % batch === 0) rows.push(row(i));
    else if (Buffer.compare(row(i), rows.at(-1)!) !== 0) return undefined;
  }
  const size = shape.slice(axis + 1).reduce((product, each) => product * each, 1);
  return { ...constant, shape: [rows.length, 1, size], bytes: Buffer.concat(rows) };
}
