import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const mirrorOp: Op<"x"> = defineOp(["x"], {
  name: "InvertibleMirror",
  forward({ x }, { scale }) {
    const scaled = tf.mul(x, scale as number);
    return tf.concat([scaled, tf.neg(scaled)], -1);
  },
  gradient: (dy, _, attributes) => ({ x: () => foldOp({ y: dy }, attributes) }),
});

const foldOp: Op<"y"> = defineOp(["y"], {
  name: "InvertibleFold",
  forward({ y }, { scale }) {
    const [first, second] = tf.split(y, 2, -1) as [Tensor, Tensor];
    return tf.mul(tf.sub(first, second), scale as number);
  },
  gradient: (dx, _, attributes) => ({ y: () => mirrorOp({ x: dx }, attributes) }),
});

/** scale * concat(x, -x) along the last axis, [..., C] -> [..., 2C]. */
export function mirror(x: Tensor, scale: number): Tensor {
  return mirrorOp({ x }, { scale });
}

/** The adjoint of `mirror`: scale * (y_1 - y_2) for the halves y_1, y_2 of the last axis, [..., 2C] -> [..., C]. */
export function fold(y: Tensor, scale: number): Tensor {
  return foldOp({ y }, { scale });
}
