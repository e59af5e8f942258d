/** Elementary functions that are right at any order of differentiation, on every backend. */
import * as tf from "@tensorflow/tfjs-core";
import { composed, pointwise, twins } from "./pointwise.ts";
import type { Pointwise } from "./pointwise.ts";
import type { Twins } from "../derivatives/define-op.ts";
import type { Tensor } from "../tensors/types.ts";

const { add, div, mul, neg, square, sub } = tf;
const zero = composed((x) => tf.zerosLike(x));

/** e^x. It overflows above 88.7. */
export const exp: Pointwise = pointwise("Exp", tf.exp, () => exp);

/** e^x - 1, exact up to rounding near 0. */
export const expm1: Pointwise = pointwise("Expm1", tf.expm1, () => exp);

/** The logistic function 1 / (1 + e^-x). */
export const sigmoid: Pointwise = pointwise("Sigmoid", tf.sigmoid, () => sigmoidDerivative);

/** The derivative of `sigmoid`: sigmoid(x) sigmoid(-x). */
export const sigmoidDerivative: Pointwise = pointwise(
  "SigmoidDerivative",
  (x) => mul(tf.sigmoid(x), tf.sigmoid(neg(x))),
  () => sigmoidSecondDerivative,
);

/** The second derivative of `sigmoid`: sigmoid'(x) (1 - 2 sigmoid(x)). */
export const sigmoidSecondDerivative: Pointwise = composed((x) =>
  mul(sigmoidDerivative(x), oneMinusTwoSigmoid(x)),
);

/** 1 - 2 sigmoid(x), computed without cancellation. */
function oneMinusTwoSigmoid(x: Tensor): Tensor {
  return neg(tanh(div(x, 2)));
}

/** The smooth rectifier log(1 + e^x). */
export const softplus: Pointwise = pointwise("Softplus", tf.softplus, () => sigmoid);

/** log sigmoid(x) = -softplus(-x), finite for every finite x. */
export function logSigmoid(x: Tensor): Tensor {
  return tf.tidy(() => neg(softplus(neg(x))));
}

/** The hyperbolic tangent. */
export const tanh: Pointwise = pointwise("Tanh", tf.tanh, () => tanhDerivative);

/** The derivative of `tanh`: 1 - tanh(x)^2. */
export const tanhDerivative: Pointwise = pointwise(
  "TanhDerivative",
  (x) => mul(4, mul(tf.sigmoid(mul(x, 2)), tf.sigmoid(mul(x, -2)))),
  () => composed((x) => mul(mul(tanh(x), tanhDerivative(x)), -2)),
);

/** The derivative of `relu`: 1 for x > 0, else 0. */
export const reluDerivative: Pointwise = pointwise(
  "Positive",
  (x) => tf.step(x),
  () => zero,
);

/** The rectifier max(x, 0), with derivative 0 at 0. */
export const relu: Pointwise = pointwise("Relu", tf.relu, () => reluDerivative);

/** The leaky rectifier: x for x > 0, else slope * x. Its derivative at 0 is slope. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return tf.tidy(() => add(mul(x, slope), mul(relu(x), 1 - slope)));
}

/** The derivative of `leakyRelu`: 1 for x > 0, else slope. */
export function leakyReluDerivative(x: Tensor, slope = 0.01): Tensor {
  return tf.step(x, slope);
}

/**
 * The exponential linear unit: x for x > 0, else e^x - 1.
 *
 * @see Clevert et al. (2015), arXiv:1511.07289, with alpha = 1
 */
export const elu: Pointwise = pointwise("Elu", tf.elu, () => eluDerivative);

/** The derivative of `elu`: min(1, e^x). */
export const eluDerivative: Pointwise = pointwise(
  "EluDerivative",
  (x) => tf.exp(neg(tf.relu(neg(x)))),
  () => eluSecondDerivative,
);

/** The second derivative of `elu`: e^x for x <= 0, else 0. */
const eluSecondDerivative: Pointwise = pointwise(
  "EluSecondDerivative",
  (x) => mul(tf.exp(neg(tf.relu(neg(x)))), sub(1, tf.step(x))),
  () => eluSecondDerivative,
);

/** `elu` and its derivative, in one pass where the backend has a kernel for it. */
export const eluTwins: (x: Tensor) => Twins = twins("Elu", [
  elu,
  eluDerivative,
  eluSecondDerivative,
  eluSecondDerivative,
]);

/** sup |swish'|, attained at x = 2.3994. It was found numerically in float64 and rounded up in its last digit. */
export const swishLipschitz = 1.0998393202;

/** The swish x sigmoid(x). |swish'| <= 1.0999. */
export const swish: Pointwise = pointwise(
  "Swish",
  (x) => mul(x, tf.sigmoid(x)),
  () => swishDerivative,
);

/** The derivative of `swish`: s (1 + x (1 - s)) with s = sigmoid(x). */
export const swishDerivative: Pointwise = pointwise(
  "SwishDerivative",
  (x) => mul(tf.sigmoid(x), add(mul(x, tf.sigmoid(neg(x))), 1)),
  () => swishSecondDerivative,
);

/** The second derivative of `swish`: p (2 + x (1 - 2 s)) with s = sigmoid(x), p = sigmoid'(x). */
export const swishSecondDerivative: Pointwise = pointwise(
  "SwishSecondDerivative",
  (x) => mul(sigmoidDerivative(x), add(mul(x, oneMinusTwoSigmoid(x)), 2)),
  () => swishThirdDerivative,
);

/** The third derivative of `swish`: 3 p (1 - 2 s) + x p (1 - 6 p). */
export const swishThirdDerivative: Pointwise = composed((x) => {
  const p = sigmoidDerivative(x);
  return mul(p, add(mul(oneMinusTwoSigmoid(x), 3), mul(x, sub(1, mul(p, 6)))));
});

/** min(max(x, -1), 1). */
const clampToOne: Pointwise = pointwise(
  "ClampToOne",
  (x) => tf.clipByValue(x, -1, 1),
  () => composed((x) => reluDerivative(sub(1, tf.abs(x)))),
);

/**
 * A cubic with derivative min(x^2, 1): x^3 / 3 for |x| < 1, else x - (2/3) sign(x).
 *
 * @see Chen et al. (2019), arXiv:1906.02735, the published code
 */
export function lipschitzCube(x: Tensor): Tensor {
  return tf.tidy(() => {
    const inside = clampToOne(x);
    return add(mul(inside, sub(div(square(inside), 3), 1)), x);
  });
}

/** The derivative of `lipschitzCube`: min(x^2, 1). */
export function lipschitzCubeDerivative(x: Tensor): Tensor {
  return tf.tidy(() => square(clampToOne(x)));
}

/**
 * sin(x). On cpu, and on wasm with the kernels of this project, it is exact up to rounding for |x| < 1e5. WebGPU guarantees an
 * absolute error of 2^-11 on [-pi, pi], and nothing beyond.
 */
export const sin: Pointwise = pointwise("Sin", tf.sin, () => cos);

/** cos(x), as accurate as `sin`. */
export const cos: Pointwise = pointwise("Cos", tf.cos, () => composed((x) => neg(sin(x))));
