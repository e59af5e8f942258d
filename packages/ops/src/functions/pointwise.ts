import * as tf from "@tensorflow/tfjs-core";
import { cast } from "../tensors/cast.ts";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

/** A function f of each entry of a tensor, right at any order of differentiation. */
export interface Pointwise {
  /** Computes f(x). */
  (x: Tensor): Tensor;
  /** Computes dy f(x), in one kernel where the backend has one. It is the gradient of an antiderivative of f. */
  times(dy: Tensor, x: Tensor): Tensor;
}

/**
 * Makes a function f whose gradient uses f'. `value` may compute f(x) in any way, because it is not recorded. A backend may
 * replace it by one kernel, called `Invertible<name>`, and its product with dy by `Invertible<name>Times`.
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

/** Makes a function of one that is itself written in operations which are right at any order. */
export function composed(f: (x: Tensor) => Tensor): Pointwise {
  return Object.assign((x: Tensor) => tf.tidy(() => f(x)), {
    times: (dy: Tensor, x: Tensor) => tf.tidy(() => tf.mul(dy, f(x))),
  });
}
