import * as tf from "@tensorflow/tfjs-core";
import { softplus, swishLipschitz } from "../functions/elementary.ts";
import { lipSwishSlope, lipSwishValue } from "./lip-swish.ts";
import { mirror } from "./mirror.ts";
import type { Pair } from "./pair.ts";
import { pairDerivative } from "./pair.ts";
import type { Tensor } from "../tensors/types.ts";

const divisor = 1.004;

/**
 * sup |cLipSwish'| = 0.99997, rounded up. Since swish'(x) + swish'(-x) = 1, the norm of the pair is largest where swish' is.
 * This gives sqrt(m^2 + (1 - m)^2) / (1.1 * 1.004) with m = sup swish'.
 */
export const cLipSwishLipschitz =
  (Math.hypot(swishLipschitz, 1 - swishLipschitz) / (1.1 * divisor)) * (1 + 1e-14);

/**
 * Concatenated LipSwish: concat(lipSwish(x), lipSwish(-x)) / 1.004 along the last axis, [..., C] -> [..., 2C]. Its Lipschitz
 * constant in the Euclidean norm is 0.99997 for every betaRaw.
 *
 * @param betaRaw a scalar; see `lipSwish`
 * @see Perugachi-Diaz et al. (2021), Invertible DenseNets with Concatenated LipSwish, arXiv:2102.02694, equation 8
 */
export function cLipSwish(x: Tensor, betaRaw: Tensor): Tensor {
  return tf.tidy(() => cLipSwishAt(x, betaRaw).value());
}

/** The derivative of `cLipSwish` by x: concat(lipSwish'(x), -lipSwish'(-x)) / 1.004. */
export function cLipSwishDerivative(x: Tensor, betaRaw: Tensor): Tensor {
  return tf.tidy(() => pairDerivative(cLipSwishAt(x, betaRaw)));
}

/** Prepares `cLipSwish` at x. */
export function cLipSwishAt(x: Tensor, betaRaw: Tensor): Pair {
  // With z = x / c, x sigmoid(b x) / c is z sigmoid(c b z). So the divisor costs no operation of its own.
  const z = mirror(x, 1 / divisor);
  const b = tf.mul(softplus(betaRaw), divisor);
  return {
    value: () => lipSwishValue({ x: z, b }),
    slopes: () => lipSwishSlope({ x: z, b }),
    scale: 1 / divisor,
  };
}
