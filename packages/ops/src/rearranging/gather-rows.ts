import * as tf from "@tensorflow/tfjs-core";
import { fail } from "@invertible/errors";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const gather: Op<"x"> = defineOp(["x"], {
  name: "InvertibleGatherRows",
  forward({ x }, attributes) {
    const indices = attributes["indices"] as readonly number[];
    if (indices.length === 0) return tf.zeros([0, ...x.shape.slice(1)], x.dtype);
    return tf.gather(x, tf.tensor1d([...indices], "int32"));
  },
  gradient: (dy, { x }, { indices }) => ({
    x: () => scatter({ y: dy }, { indices: indices!, rows: x.shape[0]! }),
  }),
});

/** The adjoint of `gather`: row i of the result, of `rows`, is the sum of the rows j of y with indices[j] = i. */
const scatter: Op<"y"> = defineOp(["y"], {
  name: "InvertibleScatterRows",
  forward({ y }, attributes) {
    const indices = attributes["indices"] as readonly number[];
    const rows = attributes["rows"] as number;
    const shape = [rows, ...y.shape.slice(1)];
    if (y.size === 0) return tf.zeros(shape);
    const row = y.size / indices.length;
    if (new Set(indices).size < indices.length) {
      // A segment sum would do, but the wasm backend does not have one.
      const chosen = new Float32Array(indices.length * rows);
      indices.forEach((i, j) => (chosen[j * rows + i] = 1));
      const product = tf.matMul(tf.tensor2d(chosen, [indices.length, rows]), tf.reshape(y, [-1, row]), true);
      return tf.reshape(product, shape);
    }
    // Without repeated indices it is a gather too. Rows that nothing goes to come from a row of zeros.
    const from = new Int32Array(rows).fill(indices.length);
    indices.forEach((i, j) => (from[i] = j));
    const padded = tf.concat([tf.reshape(y, [-1, row]), tf.zeros([1, row])]);
    return tf.reshape(tf.gather(padded, tf.tensor1d(from, "int32")), shape);
  },
  gradient: (dx, _, { indices }) => ({ y: () => gather({ x: dx }, { indices: indices! }) }),
});

/**
 * Selects rows of the leading axis: y[j] = x[indices[j]], [R, ...] -> [indices.length, ...]. Differentiable in x. An index may
 * occur any number of times. If none occurs twice, the gradient only moves rows, without rounding.
 *
 * @throws ArgumentError for an index that is not an integer in [0, R).
 */
export function gatherRows(x: Tensor, indices: Int32Array | readonly number[]): Tensor {
  const rows = x.shape[0] ?? 0;
  const list = Array.from(indices);
  const outside = list.find((i) => !(Number.isInteger(i) && i >= 0 && i < rows));
  if (outside !== undefined) fail("gatherRows", `indices of the ${rows} rows`, outside);
  return gather({ x }, { indices: list });
}
