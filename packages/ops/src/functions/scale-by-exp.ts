import { ShapeError } from "@invertible/errors";
import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";
import { exp } from "./elementary.ts";

/**
 * Scales each channel by a learned number that is stored as its logarithm: y[..., c] = x[..., c] exp(factor * logScale[c]).
 *
 * It is one operation with a gradient of its own, because networks scale many small weights, and a chain of small operations would
 * cost more than the work.
 *
 * @param x [..., C]
 * @param logScale [C]
 * @param factor multiplies the logarithm. Default 1; -1 divides by the scale.
 * @throws ShapeError if x does not have C channels.
 */
export function scaleByExp(x: Tensor, logScale: Tensor, factor = 1): Tensor {
  if (logScale.rank !== 1 || x.shape.at(-1) !== logScale.shape[0])
    throw new ShapeError(
      `scaleByExp logScale: expected [${x.shape.at(-1) ?? ""}], the last axis of x [${x.shape.join(", ")}], received [${logScale.shape.join(", ")}]`,
    );
  return scaled({ x, logScale }, { factor });
}

const scaled: Op<"x" | "logScale"> = defineOp(["x", "logScale"], {
  name: "InvertibleScaleByExp",
  forward: ({ x, logScale }, { factor }) => tf.mul(x, exp(tf.mul(logScale, factor as number))),
  gradient: (dy, { x, logScale }, attributes) => ({
    x: () => scaled({ x: dy, logScale }, attributes),
    logScale: () => byLogScale({ dy, x, logScale }, attributes),
  }),
});

/** [C], the sum over everything but the channels of factor * dy * scaled(x). */
const byLogScale: Op<"dy" | "x" | "logScale"> = defineOp(["dy", "x", "logScale"], {
  name: "InvertibleScaleByExpGradient",
  forward({ dy, x, logScale }, { factor }) {
    const sums = tf.sum(tf.reshape(tf.mul(dy, x), [x.size / logScale.size || 0, logScale.size]), 0);
    return tf.mul(sums, tf.mul(exp(tf.mul(logScale, factor as number)), factor as number));
  },
  gradient(g, { dy, x, logScale }, attributes) {
    const weight = () => tf.mul(g, attributes["factor"] as number);
    return {
      dy: () => scaled({ x: tf.mul(x, weight()), logScale }, attributes),
      x: () => scaled({ x: tf.mul(dy, weight()), logScale }, attributes),
      logScale: () => tf.mul(weight(), byLogScale({ dy, x, logScale }, attributes)),
    };
  },
});
