import type { GraphConstant } from "./graph.ts";

/** A constant and the number of examples it was made for. */
export interface SizedConstant {
  readonly batch: number;
  readonly constant: GraphConstant;
}

/**
 * The rows of which each constant has every one `batch` times in succession, such as basis vectors for all examples: [rows, ...].
 * Undefined unless all constants consist of the same rows.
 */
export function repeatedRows(sized: readonly SizedConstant[]): GraphConstant | undefined {
  const all = sized.map(({ batch, constant }) => distinctRows(batch, constant));
  const [first] = all;
  if (first === undefined) return undefined;
  const isSame = all.every(
    (each) =>
      each?.dtype === first.dtype &&
      each.shape.join() === first.shape.join() &&
      Buffer.compare(each.bytes, first.bytes) === 0,
  );
  return isSame ? first : undefined;
}

function distinctRows(batch: number, constant: GraphConstant): GraphConstant | undefined {
  const { shape, bytes } = constant;
  const [count = 0, ...rest] = shape;
  if (count === 0 || count % batch !== 0) return undefined;
  const size = bytes.length / count;
  const row = (i: number) => bytes.subarray(i * size, (i + 1) * size);
  const rows: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (i % batch === 0) rows.push(row(i));
    else if (Buffer.compare(row(i), rows.at(-1)!) !== 0) return undefined;
  }
  return { ...constant, shape: [rows.length, ...rest], bytes: Buffer.concat(rows) };
}
