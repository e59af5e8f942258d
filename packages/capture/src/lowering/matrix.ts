import { sizeOf } from "@invertible/ops";
import type { Factor } from "../onnx/graph-builder.ts";
import type { Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

/**
 * How many times as many rows as rows and columns of the matrix a product needs so that its result gets its channels first. The gradients
 * of such products are faster then, by more than it takes to convert the rows.
 */
const manyRows = 4;

/** Matrix products. A product of rows whose channels come first leaves them there. */
const batchMatMul: Lowering = (call, scope) => {
  const [a, b] = [call.input("a"), call.input("b")];
  const { transposeA = false, transposeB = false } = call.attributes as Record<string, boolean>;
  const { output } = call;
  // A portable graph is made for batches of several sizes, of which each has to give the same operations.
  const hasManyRows = () =>
    !scope.graph.portable && a.shape.length === 2 && a.shape[0]! >= manyRows * Math.max(...b.shape);
  if (b.shape.length === 2 && !transposeA && (scope.isChannelsFirst(a) || hasManyRows())) {
    const rows = { array: a.array, shape: [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1)!] };
    const product = scope.graph.product(factor(scope, b, !transposeB), {
      name: scope.channelsFirst(rows),
      rank: 2,
    });
    const shape = [rows.shape[0]!, output.shape.at(-1)!];
    return scope.place({ array: output.array, shape }, product, { channelsFirst: true });
  }
  scope.place(output, scope.graph.product(factor(scope, a, transposeA), factor(scope, b, transposeB)));
};

/** A factor as it lies. A matrix whose channels come first is a transposed one. */
function factor(scope: Scope, use: Use, transposed: boolean): Factor {
  const rank = use.shape.length;
  if (rank === 2 && scope.isChannelsFirst(use))
    return { name: scope.channelsFirst(use), rank, transposed: !transposed };
  return { name: scope.plain(use), rank, transposed };
}

/** The kernels that multiply matrices. */
export const matrixLowerings: Readonly<Record<string, Lowering>> = { BatchMatMul: batchMatMul };
