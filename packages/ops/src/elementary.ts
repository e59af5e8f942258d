/** Elementary functions that are right at any order of differentiation, on every backend. */
import * as tf from "@tensorflow/tfjs";
import { defineOp } from "./define-op.ts";
import type { Tensor } from "./types.ts";

const { add, div, mul, neg, square, sub } = tf;

type Pointwise = (x: Tensor) => Tensor;

/**
 * phi with phi' for its gradient; phi' is made of operations that are right at any order. phi itself may be anything
 * that gives its value: it runs off the tape, and a backend may replace it by one kernel.
 */
function pointwise(name: string, phi: Pointwise, derivative: Pointwise): Pointwise {
  const op = defineOp(["x"], {
    name: `Invertible${name}`,
    forward: ({ x }) => phi(x),
    gradient: (dy, { x }) => ({ x: () => mul(dy, derivative(x)) }),
  });
  return (x) => op({ x: x.dtype === "float32" ? x : tf.cast(x, "float32") });
}

/** e^x. Overflows above 88.7. */
export const exp: Pointwise = pointwise("Exp", tf.exp, (x) => exp(x));

/** e^x - 1, exact to rounding near 0. */
export const expm1: Pointwise = pointwise("Expm1", tf.expm1, (x) => exp(x));

/** 1 / (1 + e^-x) */
export const sigmoid: Pointwise = pointwise("Sigmoid", tf.sigmoid, (x) => sigmoidDerivative(x));

/** sigmoid'(x) = sigmoid(x) sigmoid(-x) */
export const sigmoidDerivative: Pointwise = pointwise(
  "SigmoidDerivative",
  (x) => mul(tf.sigmoid(x), tf.sigmoid(neg(x))),
  (x) => mul(sigmoidDerivative(x), neg(tanh(div(x, 2)))), // s (1 - s) (1 - 2 s)
);

/** log(1 + e^x) */
export const softplus: Pointwise = pointwise("Softplus", tf.softplus, sigmoid);

/** log sigmoid(x) = -softplus(-x), finite for every finite x. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/** tanh(x) */
export const tanh: Pointwise = pointwise("Tanh", tf.tanh, (x) => tanhDerivative(x));

/** tanh'(x) = 1 - tanh(x)^2 */
export const tanhDerivative: Pointwise = pointwise(
  "TanhDerivative",
  (x) => mul(4, mul(tf.sigmoid(mul(x, 2)), tf.sigmoid(mul(x, -2)))),
  (x) => mul(mul(tanh(x), tanhDerivative(x)), -2),
);

/** 1 for x > 0, else 0; constant to every gradient. */
const positive = (x: Tensor) => tf.step(x);

/** max(x, 0), with derivative 0 at 0. */
export const relu: Pointwise = pointwise("Relu", tf.relu, positive);

/** x for x > 0, else slope * x. Derivative slope at 0. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return add(mul(x, slope), mul(relu(x), 1 - slope));
}

/** leakyRelu'(x): 1 for x > 0, else slope. */
export function leakyReluDerivative(x: Tensor, slope = 0.01): Tensor {
  return tf.step(x, slope);
}

/**
 * x for x > 0, else e^x - 1.
 * @see Clevert et al. (2015), arXiv:1511.07289, with alpha = 1
 */
export const elu: Pointwise = pointwise("Elu", tf.elu, (x) => eluDerivative(x));

/** elu'(x) = min(1, e^x) */
export const eluDerivative: Pointwise = pointwise(
  "EluDerivative",
  (x) => tf.exp(tf.neg(tf.relu(tf.neg(x)))),
  (x) => mul(eluDerivative(x), sub(1, positive(x))),
);

/** x sigmoid(x); |swish'| <= 1.0998. */
export const swish: Pointwise = pointwise(
  "Swish",
  (x) => mul(x, tf.sigmoid(x)),
  (x) => swishDerivative(x),
);

/** swish'(x) = s (1 + x (1 - s)) with s = sigmoid(x) */
export const swishDerivative: Pointwise = pointwise(
  "SwishDerivative",
  (x) => mul(tf.sigmoid(x), add(mul(x, tf.sigmoid(neg(x))), 1)),
  // s' (2 + x (1 - 2 s))
  (x) => mul(sigmoidDerivative(x), sub(2, mul(x, tanh(div(x, 2))))),
);

/**
 * x sigmoid(beta x) / 1.1 with beta = softplus(betaRaw) > 0, a scalar; |lipSwish'| < 1 for every beta.
 * @see Chen et al. (2019), arXiv:1906.02735, section 3.3
 */
export function lipSwish(x: Tensor, betaRaw: Tensor): Tensor {
  return mul(mul(x, sigmoid(mul(x, softplus(betaRaw)))), 1 / 1.1);
}

/** d lipSwish / dx = s (1 + beta x (1 - s)) / 1.1 with s = sigmoid(beta x) */
export function lipSwishDerivative(x: Tensor, betaRaw: Tensor): Tensor {
  return mul(swishDerivative(mul(x, softplus(betaRaw))), 1 / 1.1);
}

/** min(max(x, -1), 1) */
const clampToOne: Pointwise = pointwise(
  "ClampToOne",
  (x) => tf.clipByValue(x, -1, 1),
  (x) => positive(sub(1, tf.abs(x))),
);

/**
 * x^3 / 3 for |x| < 1, else x - (2/3) sign(x): a cubic with derivative min(x^2, 1).
 * @see Chen et al. (2019), arXiv:1906.02735, the published code
 */
export function lipschitzCube(x: Tensor): Tensor {
  const inside = clampToOne(x);
  return add(mul(inside, sub(div(square(inside), 3), 1)), x);
}

/** lipschitzCube'(x) = min(x^2, 1) */
export function lipschitzCubeDerivative(x: Tensor): Tensor {
  return square(clampToOne(x));
}

/** sin(x). On wasm the absolute error is about 2e-7, also near 0; keep |x| below 1e4. */
export const sin: Pointwise = pointwise("Sin", tf.sin, (x) => cos(x));

/** cos(x). As accurate as `sin`. */
export const cos: Pointwise = pointwise("Cos", tf.cos, (x) => neg(sin(x)));
