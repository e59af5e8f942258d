/** Maxima and minima. TensorFlow.js's own have no second derivative. */
import * as tf from "@tensorflow/tfjs-core";
import { equal, greater, greaterEqual, less, lessEqual } from "./comparisons.ts";
import { cast } from "../tensors/cast.ts";
import { withoutGradient } from "../derivatives/gradients.ts";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const where = (condition: Tensor, dy: Tensor) => tf.mul(dy, cast(condition, "float32"));

const largerOp: Op<"a" | "b"> = defineOp(["a", "b"], {
  name: "InvertibleMaximum",
  forward: ({ a, b }) => tf.maximum(a, b),
  gradient: (dy, { a, b }) => ({ a: () => where(greaterEqual(a, b), dy), b: () => where(less(a, b), dy) }),
});

const smallerOp: Op<"a" | "b"> = defineOp(["a", "b"], {
  name: "InvertibleMinimum",
  forward: ({ a, b }) => tf.minimum(a, b),
  gradient: (dy, { a, b }) => ({ a: () => where(lessEqual(a, b), dy), b: () => where(greater(a, b), dy) }),
});

/** The larger of a and b, with broadcasting. Where they are equal, the gradient goes to a. */
export function maximum(a: Tensor | number, b: Tensor | number): Tensor {
  return tf.tidy(() => largerOp(broadcast(a, b)));
}

/** The smaller of a and b, with broadcasting. Where they are equal, the gradient goes to a. */
export function minimum(a: Tensor | number, b: Tensor | number): Tensor {
  return tf.tidy(() => smallerOp(broadcast(a, b)));
}

const clipOp: Op<"x"> = defineOp(["x"], {
  name: "InvertibleClip",
  forward: ({ x }, { low, high }) => tf.clipByValue(x, low as number, high as number),
  gradient: (dy, { x }, { low, high }) => ({
    x: () => where(tf.logicalAnd(greaterEqual(x, low as number), lessEqual(x, high as number)), dy),
  }),
});

/** Clips x to [low, high]: min(max(x, low), high). The derivative is 1 for low <= x <= high, else 0. */
export function clipByValue(x: Tensor, low: number, high: number): Tensor {
  return clipOp({ x }, { low, high });
}

/** The maximum over `axis` (default: all axes). Equal maxima share the gradient. */
export function max(x: Tensor, axis?: number | readonly number[], keepDims = false): Tensor {
  return extremum(maxOp, x, axis, keepDims);
}

/** The minimum over `axis` (default: all axes). Equal minima share the gradient. */
export function min(x: Tensor, axis?: number | readonly number[], keepDims = false): Tensor {
  return extremum(minOp, x, axis, keepDims);
}

/** The index of the largest entry along `axis` (default: the last one), int32; of equal ones, the first. A constant to every gradient. */
export function argMax(x: Tensor, axis = -1): Tensor {
  return withoutGradient(() => tf.argMax(x, axis));
}

const maxOp = reduction("InvertibleMax", (x, axes) => tf.max(x, axes, true));
const minOp = reduction("InvertibleMin", (x, axes) => tf.min(x, axes, true));

function reduction(name: string, forward: (x: Tensor, axes: number[]) => Tensor): Op<"x"> {
  return defineOp(["x"], {
    name,
    forward: ({ x }, { axes }) => forward(x, axes as number[]),
    gradient: (dy, { x }, { axes }) => ({
      x: () => {
        const chosen = cast(equal(x, forward(x, axes as number[])), "float32");
        return tf.mul(dy, tf.div(chosen, tf.sum(chosen, axes as number[], true)));
      },
    }),
  });
}

function extremum(
  op: Op<"x">,
  x: Tensor,
  axis: number | readonly number[] | undefined,
  keepDims: boolean,
): Tensor {
  const axes = tf.util.parseAxisParam(axis as number | number[], x.shape);
  return tf.tidy(() => {
    const kept = op({ x }, { axes });
    return keepDims
      ? kept
      : tf.reshape(
          kept,
          x.shape.filter((_, i) => !axes.includes(i)),
        );
  });
}

function broadcast(a: Tensor | number, b: Tensor | number): { a: Tensor; b: Tensor } {
  const [left, right] = [a, b].map((x) => (typeof x === "number" ? tf.scalar(x) : x)) as [Tensor, Tensor];
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(left.shape, right.shape);
  // `broadcastTo` tiles on wasm, which is forty times as slow as an addition.
  const widen = (x: Tensor) =>
    tf.util.arraysEqual(x.shape, shape) ? x : tf.add(x, tf.zeros(shape, x.dtype));
  return { a: widen(left), b: widen(right) };
}
