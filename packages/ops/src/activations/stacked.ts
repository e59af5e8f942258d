import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "@invertible/errors";
import type { Tensor } from "../tensors/types.ts";

/**
 * The product slope * v. v has the shape of `slope`, or is S such batches stacked along the leading axis, [S B, ...].
 *
 * @throws ShapeError where v does not fit.
 */
export function timesStacked(where: string, slope: Tensor, v: Tensor): Tensor {
  const [batch = 1, ...shape] = slope.shape;
  const rows = v.shape[0] ?? 1;
  if (v.rank === slope.rank && rows === batch && fits(v, shape)) return tf.mul(slope, v);
  if (v.rank !== slope.rank || batch === 0 || rows % batch !== 0 || !fits(v, shape))
    throw new ShapeError(
      `${where}: expected [${["S * " + batch, ...shape].join(", ")}], received [${v.shape.join(", ")}]`,
    );
  return tf.tidy(() => tf.reshape(tf.mul(slope, tf.reshape(v, [-1, batch, ...shape])), v.shape));
}

function fits(v: Tensor, shape: readonly number[]): boolean {
  return shape.every((size, i) => v.shape[i + 1] === size);
}
