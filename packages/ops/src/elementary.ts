/** Elementary functions that are right at any order of differentiation, on every backend. */
import * as tf from "@tensorflow/tfjs";
import { defineOp } from "./define-op.ts";
import type { Tensor } from "./types.ts";

const { add, div, mul, neg, square, sub, cos: cosine } = tf;

/** phi with phi' for its gradient; phi' is itself made of operations that are right at any order. */
function pointwise(name: string, phi: (x: Tensor) => Tensor, derivative: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const op = defineOp(["x"], {
    name: `Invertible${name}`,
    forward: ({ x }) => phi(x),
    gradient: (dy, { x }) => ({ x: () => mul(dy, derivative(x)) }),
  });
  return (x) => op({ x });
}

/** e^x. Overflows above 88.7. */
export const exp: (x: Tensor) => Tensor = pointwise("Exp", tf.exp, (x) => exp(x));

/** e^x - 1, exact to rounding near 0. */
export const expm1: (x: Tensor) => Tensor = pointwise("Expm1", tf.expm1, (x) => exp(x));

/** 1 / (1 + e^-x) */
export const sigmoid: (x: Tensor) => Tensor = pointwise("Sigmoid", tf.sigmoid, sigmoidDerivative);

/** sigmoid'(x) = sigmoid(x) sigmoid(-x) */
export function sigmoidDerivative(x: Tensor): Tensor {
  const s = sigmoid(x);
  return mul(s, sub(1, s));
}

/** log(1 + e^x) */
export const softplus: (x: Tensor) => Tensor = pointwise("Softplus", tf.softplus, sigmoid);

/** log sigmoid(x) = -softplus(-x), finite for every finite x. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/** tanh(x) */
export const tanh: (x: Tensor) => Tensor = pointwise("Tanh", tf.tanh, tanhDerivative);

/** tanh'(x) = 1 - tanh(x)^2 */
export function tanhDerivative(x: Tensor): Tensor {
  return sub(1, square(tanh(x)));
}

/** 1 for x > 0, else 0; constant to every gradient. */
const positive = (x: Tensor) => tf.step(x);

/** max(x, 0), with derivative 0 at 0. */
export const relu: (x: Tensor) => Tensor = pointwise("Relu", tf.relu, positive);

/** min(x, 0) */
const negativePart: (x: Tensor) => Tensor = pointwise(
  "NegativePart",
  (x) => tf.minimum(x, 0),
  (x) => sub(1, positive(x)),
);

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
export const elu: (x: Tensor) => Tensor = pointwise("Elu", tf.elu, eluDerivative);

/** elu'(x) = min(1, e^x) */
export function eluDerivative(x: Tensor): Tensor {
  return exp(negativePart(x));
}

/** x sigmoid(x); |swish'| <= 1.0998. */
export function swish(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** swish'(x) = s + x s (1 - s) with s = sigmoid(x) */
export function swishDerivative(x: Tensor): Tensor {
  const s = sigmoid(x);
  return mul(s, add(mul(x, sub(1, s)), 1));
}

/**
 * x sigmoid(beta x) / 1.1 with beta = softplus(betaRaw) > 0, a scalar; |lipSwish'| < 1 for every beta.
 * @see Chen et al. (2019), arXiv:1906.02735, section 3.3
 */
export function lipSwish(x: Tensor, betaRaw: Tensor): Tensor {
  return div(mul(x, sigmoid(mul(x, softplus(betaRaw)))), 1.1);
}

/** d lipSwish / dx = s (1 + beta x (1 - s)) / 1.1 with s = sigmoid(beta x) */
export function lipSwishDerivative(x: Tensor, betaRaw: Tensor): Tensor {
  return div(swishDerivative(mul(x, softplus(betaRaw))), 1.1);
}

/** min(max(x, -1), 1) */
const clampToOne = (x: Tensor) => sub(sub(x, relu(sub(x, 1))), negativePart(add(x, 1)));

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
export const sin: (x: Tensor) => Tensor = pointwise("Sin", tf.sin, (x) => cos(x));

/** cos(x). As accurate as `sin`. */
export const cos: (x: Tensor) => Tensor = pointwise("Cos", cosine, (x) => neg(sin(x)));
