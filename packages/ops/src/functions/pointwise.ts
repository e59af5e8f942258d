import * as tf from "@tensorflow/tfjs-core";
import { cast } from "../tensors/cast.ts";
import { defineOp, defineTwinOp } from "../derivatives/define-op.ts";
import type { Op, TwinOp, Twins } from "../derivatives/define-op.ts";
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
  return Object.assign((x: Tensor) => tf.tidy(() => op({ x: floats(x) })), {
    times: (dy: Tensor, x: Tensor) => times({ dy, x }),
  });
}

/**
 * Makes x -> [f(x), f'(x)] of a function and its first three derivatives. A backend may compute both in one kernel, called
 * `Invertible<name>Twins`, and the gradient dy f'(x) + ds f''(x) in another, `Invertible<name>TwinsByX`.
 */
export function twins(
  name: string,
  [f, first, second, third]: readonly [Pointwise, Pointwise, Pointwise, Pointwise],
): (x: Tensor) => Twins {
  const byX: Op<"dy" | "ds" | "x"> = defineOp(["dy", "ds", "x"], {
    name: `Invertible${name}TwinsByX`,
    forward: ({ dy, ds, x }) => tf.add(first.times(dy, x), second.times(ds, x)),
    gradient: (g, { dy, ds, x }) => ({
      dy: () => first.times(g, x),
      ds: () => second.times(g, x),
      x: () => tf.mul(g, tf.add(second.times(dy, x), third.times(ds, x))),
    }),
  });
  const op: TwinOp<"x"> = defineTwinOp(["x"], {
    name: `Invertible${name}Twins`,
    forward: ({ x }) => [f(x), first(x)],
    gradient: ([dy, ds], { x }) => ({ x: () => byX({ dy, ds, x }) }),
  });
  return (x) => tf.tidy(() => op({ x: floats(x) }));
}

/** Functions of whole numbers are computed in float32. */
const floats = (x: Tensor) => (x.dtype === "float32" ? x : cast(x, "float32"));

/** Makes a function of one that is itself written in operations which are right at any order. */
export function composed(f: (x: Tensor) => Tensor): Pointwise {
  return Object.assign((x: Tensor) => tf.tidy(() => f(x)), {
    times: (dy: Tensor, x: Tensor) => tf.tidy(() => tf.mul(dy, f(x))),
  });
}
