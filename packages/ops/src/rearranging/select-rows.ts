import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "@invertible/errors";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const select: Op<"condition" | "a" | "b"> = defineOp(["condition", "a", "b"], {
  name: "InvertibleSelectRows",
  // Select of TensorFlow.js takes a condition by row too, and gets it wrong. The wasm backend has a kernel of its own.
  forward: ({ condition, a, b }) =>
    tf.where(tf.reshape(condition, [-1, ...a.shape.slice(1).map(() => 1)]), a, b),
  gradient: (dy, { condition }) => ({
    condition: () => tf.zeros(condition.shape),
    a: () => select({ condition, a: dy, b: tf.zerosLike(dy) }),
    b: () => select({ condition, a: tf.zerosLike(dy), b: dy }),
  }),
});

/**
 * Takes row i from a where condition[i] is true, and from b elsewhere. Rows that are not chosen may be NaN.
 *
 * @param condition bool, [R]
 * @param a [R, ...]
 * @param b of the shape of a
 * @throws ShapeError where the shapes do not fit.
 */
export function selectRows(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const [rows] = a.shape;
  if (condition.rank !== 1 || condition.shape[0] !== rows || String(a.shape) !== String(b.shape))
    throw new ShapeError(
      `selectRows: expected condition [R] and a, b [R, ...] of one shape, received [${condition.shape.join(", ")}], ` +
        `[${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    );
  return select({ condition, a, b });
}
