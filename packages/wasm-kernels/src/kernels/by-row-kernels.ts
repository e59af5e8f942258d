import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import type { KernelCall } from "../native/override-kernel.ts";
import { split } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";

/** With fewer numbers than this, waking a thread costs more than it saves. */
const fewestNumbers = 2 ** 14;

/**
 * Registers faster sums, differences and products of a tensor with one row of it, such as a bias. The kernels of TensorFlow.js start anew for
 * every row, which is slow where rows are short.
 */
export function registerByRowKernels(): void {
  overrideKernel("Add", (call) => withRow("addRow", call, true));
  overrideKernel("Sub", (call) => withRow("subRow", call, false));
  overrideKernel("Multiply", (call) => withRow("multiplyRow", call, true));
}

/** Undefined for calls that are left to the kernel of TensorFlow.js. */
function withRow(name: string, call: KernelCall, symmetric: boolean): TensorInfo | undefined {
  const [a, b] = [call.inputs["a"]!, call.inputs["b"]!];
  const [x, row] = symmetric && a.size < b.size ? [b, a] : [a, b];
  if (!isRowOf(row, x) || a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const out = call.backend.makeOutput(x.shape, "float32");
  const [from, by, to] = [x, row, out].map((tensor) => address(call.backend, tensor)) as [
    number,
    number,
    number,
  ];
  mapRows(name, { x: from, row: by, out: to, rows: x.size / row.size, columns: row.size }, call);
  return out;
}

/** Runs a native kernel that combines every row of x [rows, columns] with one row. */
export function mapRows(
  kernel: string,
  { x, row, out, rows, columns }: Readonly<Record<"x" | "row" | "out" | "rows" | "columns", number>>,
  call: SplitCall,
): void {
  const copies = call.native["rowCopies"]!(columns);
  split(call, kernel, {
    units: rows,
    grain: Math.ceil(fewestNumbers / columns),
    scratch: copies > 1 ? 4 * columns * copies : 0,
    argumentsOf: ({ from, to, scratch }) => [
      x + 4 * from * columns,
      row,
      out + 4 * from * columns,
      scratch,
      to - from,
      columns,
    ],
  });
}

/** Whether the shape of a row, without leading ones, ends that of x. */
function isRowOf(row: Tensor, x: Tensor): boolean {
  if (row.size < 2 || row.size >= x.size || row.rank > x.rank) return false;
  const from = row.shape.findIndex((n) => n !== 1);
  const shape = row.shape.slice(from);
  return shape.every((n, i) => n === x.shape[x.rank - shape.length + i]);
}
