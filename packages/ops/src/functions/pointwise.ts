import * as tf from "@tensorflow/tfjs";
import { cast } from "../tensors/cast.ts";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

/** A function of each entry of a tensor, right at any order of differentiation. */
export interface Pointwise {
  /** f(x) */
  (x: Tensor): Tensor;
  /** dy f(x), in one kernel where the backend has one: what the gradient of an antiderivative of f is. */
  times(dy: Tensor, x: Tensor): Tensor;
}

/**
 * f, with f' for its gradient. `value` may be anything that gives f(x): it runs off the tape, and a backend may replace it
 * by one kernel, called `Invertible<name>`, and its product with dy by `Invertible<name>Times`.
 */
export function pointwise(
  name: string,
  value: (x: Tensor) => Tensor,
  derivative: () => Pointwise,
): Pointwise {
  const op = defineOp(["x"], {
    name: `Invertible${name}`,
    forward: ({ x }) => value(x),
    gradient: (dy, { x }) => ({ x: () => derivative().times(dy, x) }),
  });
  const times: Op<"dy" | "x"> = defineOp(["dy", "x"], {
    name: `Invertible${name}Times`,
    forward: ({ dy, x }) => tf.mul(dy, op({ x })),
    gradient: (g, { dy, x }) => ({
      dy: () => times({ dy: g, x }),
      x: () => tf.mul(dy, derivative().times(g, x)),
    }),
  });
  const floats = (x: Tensor) => (x.dtype === "float32" ? x : cast(x, "float32"));
  return Object.assign((x: Tensor) => tf.tidy(() => op({ x: floats(x) })), {
    times: (dy: Tensor, x: Tensor) => times({ dy, x }),
  });
}

/** A function that is itself written in operations that are right at any order. */
export function composed(f: (x: Tensor) => Tensor): Pointwise {
  return Object.assign((x: Tensor) => tf.tidy(() => f(x)), {
    times: (dy: Tensor, x: Tensor) => tf.tidy(() => tf.mul(dy, f(x))),
  });
}
