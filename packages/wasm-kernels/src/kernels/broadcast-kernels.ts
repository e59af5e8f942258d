import type { Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import type { KernelCall } from "../native/override-kernel.ts";
import { withScratch } from "../native/split.ts";

/**
 * Registers faster sums, differences and products of a tensor with one row of it, such as a bias. The kernels of TensorFlow.js compute the
 * place of every number anew.
 */
export function registerBroadcastKernels(): void {
  overrideKernel("Add", (call) => withRow("addRow", call, true));
  overrideKernel("Sub", (call) => withRow("subRow", call, false));
  overrideKernel("Multiply", (call) => withRow("multiplyRow", call, true));
}

/** Undefined for calls that are left to the kernel of TensorFlow.js. */
function withRow(
  name: string,
  { inputs, backend, native }: KernelCall,
  symmetric: boolean,
): TensorInfo | undefined {
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  const [x, row] = symmetric && a.size < b.size ? [b, a] : [a, b];
  if (!isRowOf(row, x) || a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const out = backend.makeOutput(x.shape, "float32");
  const columns = row.size;
  withScratch({ backend }, 4 * columns * native["rowCopies"]!(columns), (scratch) =>
    native[name]!(
      ...[x, row, out].map((tensor) => address(backend, tensor)),
      ...[scratch, x.size / columns, columns],
    ),
  );
  return out;
}

/** Whether the shape of a row, without leading ones, ends that of x. */
function isRowOf(row: Tensor, x: Tensor): boolean {
  if (row.size < 2 || row.size >= x.size || row.rank > x.rank) return false;
  const from = row.shape.findIndex((n) => n !== 1);
  const shape = row.shape.slice(from);
  return shape.every((n, i) => n === x.shape[x.rank - shape.length + i]);
}
