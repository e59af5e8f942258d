// The gradients of TensorFlow.js's own operations. In Node they come with `@tensorflow/tfjs` only, elsewhere with its core.
import "#gradients";
import * as tf from "@tensorflow/tfjs-core";
import { fail } from "@invertible/errors";
import { sizeOf } from "../tensors/size-of.ts";
import type { Tensor } from "../tensors/types.ts";

/** The value of x as a constant to every gradient: d stopGradient(x) / dx = 0. */
export function stopGradient(x: Tensor): Tensor {
  return withoutGradient(() => tf.clone(x));
}

/**
 * Runs f without recording it. Nothing inside is kept for a backward pass, even inside a gradient, and the result is a constant
 * to every gradient. f may use tensors from outside, and may compute gradients itself. Intermediate tensors are freed, as by
 * `tidy`, so memory does not depend on how much f computes.
 *
 * @throws ArgumentError if f is asynchronous.
 */
export function withoutGradient<T extends tf.TensorContainer>(f: () => T): T {
  const { state } = tf.engine();
  const { gradientDepth, kernelDepth, activeTape } = state;
  try {
    // The state is set as outside of any gradient. A gradient inside f then starts a tape of its own.
    Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
    return tf.tidy(() => {
      const result = f();
      if (tf.util.isPromise(result)) fail("withoutGradient", "a function that returns tensors", "a promise");
      return result;
    });
  } finally {
    Object.assign(state, { gradientDepth, kernelDepth, activeTape });
  }
}

/**
 * Computes f() and its gradient with respect to each of xs, which are tensors or variables that f uses. The gradient is zeros
 * where f does not depend on one of them. After an error nothing stays allocated.
 *
 * @throws ArgumentError if f() is not a scalar.
 */
export function valueAndGradients(
  f: () => Tensor,
  xs: readonly Tensor[],
): { value: Tensor; gradients: Tensor[] } {
  const { value, gradients } = differentiate(() => {
    const value = f();
    if (value.size !== 1) fail("valueAndGradients", "f() to be a scalar", value.shape);
    return value;
  }, xs);
  return { value, gradients };
}

/**
 * Computes the vector-Jacobian products dy^T df/dx_i by reverse mode. They are zeros where f does not depend on x_i. dy has the
 * shape of f's result, and is 1 by default. Calls may be nested: f is evaluated at copies of xs, so that an inner gradient at
 * the same x does not include an outer path.
 */
export function gradients(f: (...xs: Tensor[]) => Tensor, xs: readonly Tensor[], dy?: Tensor): Tensor[] {
  return tf.tidy(() => {
    const at = xs.map((x) => tf.clone(x));
    return differentiate(() => f(...at), at, dy).gradients;
  });
}

/**
 * Computes the Jacobian of each row of a batch, for f: [B, n] -> [B, m] that acts on rows independently. Shapes other than [B,
 * n] are flattened after the first axis. It takes one reverse pass for each output, so it is meant for small m and for tests.
 *
 * @returns [B, m, n] with entry (b, i, j) = d f_i(x_b) / d x_bj
 */
export function jacobianRows(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return tf.tidy(() => {
    const batch = x.shape[0]!;
    const shape = withoutGradient(() => tf.clone(f(x))).shape;
    const outputs = sizeOf(shape.slice(1));
    const inputs = sizeOf(x.shape.slice(1));
    const rows = Array.from({ length: outputs }, (_, i) => {
      // oneHot refuses a depth of 1.
      const unit = tf.slice(tf.eye(outputs), [i, 0], [1, outputs]);
      const basis = tf.reshape(tf.tile(unit, [batch, 1]), shape);
      return tf.reshape(gradients(f, [x], basis)[0]!, [batch, inputs]);
    });
    return tf.stack(rows, 1);
  });
}

function differentiate(
  f: () => Tensor,
  xs: readonly Tensor[],
  dy?: Tensor,
): { value: Tensor; gradients: Tensor[] } {
  const engine = tf.engine();
  try {
    // The scope frees the value where only the backward pass fails.
    return tf.tidy(() => {
      const { value, grads } = engine.gradients(f, [...xs], dy, true);
      return { value, gradients: grads.map((g, i) => g ?? tf.zerosLike(xs[i]!)) };
    });
  } catch (error) {
    // TensorFlow.js does not free what the tape has saved when f or a gradient function throws.
    if (engine.state.gradientDepth === 0 && engine.state.activeTape) {
      for (const node of engine.state.activeTape) tf.dispose(node.saved as Tensor[]);
      engine.state.activeTape = null as never;
    }
    throw error;
  }
}
