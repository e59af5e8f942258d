import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "./define-op.ts";
import type { Attributes, Op } from "./define-op.ts";
import { UnsupportedError } from "@invertible/errors";
import { withoutGradient } from "./gradients.ts";
import type { Tensor } from "../tensors/types.ts";

/** Computes from dy what to pass on as the gradient of x. `kept` is still allocated when the backward pass calls it. */
export type GradientRule = (dy: Tensor, x: Tensor, kept: Tensor | undefined) => Tensor;

/** Puts a function among the attributes, which reach the gradient function as they were given, whatever they are. */
const carry = (backward: GradientRule) => ({ backward }) as unknown as Attributes;
const carried = (attributes: Attributes) => attributes["backward"] as unknown as GradientRule;

const first: Op<"dy" | "x" | "w"> = defineOp(["dy", "x", "w"], {
  name: "InvertibleFirstOrderOnly",
  forward: ({ w }) => tf.clone(w),
  gradient() {
    throw new UnsupportedError(
      "replaceGradient: expected a first derivative, received a second: the given backward pass cannot be differentiated",
    );
  },
});

/** Runs the given backward pass. Its result is a constant, and an error where someone asks for its derivative. */
function backwards(dy: Tensor, x: Tensor, kept: Tensor | undefined, attributes: Attributes): Tensor {
  return tf.tidy(() => first({ dy, x, w: withoutGradient(() => carried(attributes)(dy, x, kept)) }));
}

const alone: Op<"x"> = defineOp(["x"], {
  name: "InvertibleReplaceGradient",
  forward: ({ x }) => tf.clone(x),
  gradient: (dy, { x }, attributes) => ({ x: () => backwards(dy, x, undefined, attributes) }),
});

const withKept: Op<"x" | "kept"> = defineOp(["x", "kept"], {
  name: "InvertibleReplaceGradientKeeping",
  forward: ({ x }) => tf.clone(x),
  gradient: (dy, { x, kept }, attributes) => ({
    x: () => backwards(dy, x, kept, attributes),
    kept: () => tf.zerosLike(kept),
  }),
});

/**
 * Returns the value of x, and replaces the backward pass: a gradient passes `backward(dy, x, kept)` on to x in place of dy.
 * `backward` is not recorded, so it may be a long iteration; only x and `kept` stay allocated until then. Its result must have
 * the shape of x. `kept` itself gets no gradient.
 *
 * Use it for implicit differentiation. Take a fixed point x = f(x, theta), and evaluate f once more with recording, at a
 * constant x. With backward = (I - df/dx)'^-1, gradients by theta are those of the implicit function theorem.
 *
 * @throws UnsupportedError where a second derivative is taken through it. It comes from the gradient, not from this call.
 * @see Bai et al. (2019), Deep equilibrium models, arXiv:1909.01377, theorem 1
 */
export function replaceGradient(x: Tensor, backward: GradientRule, kept?: Tensor): Tensor {
  return kept === undefined ? alone({ x }, carry(backward)) : withKept({ x, kept }, carry(backward));
}
