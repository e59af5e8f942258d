import * as tf from "@tensorflow/tfjs-core";
import { mirror } from "./mirror.ts";
import type { Pair } from "./pair.ts";
import { pairDerivative } from "./pair.ts";
import { pointwise } from "../functions/pointwise.ts";
import type { Pointwise } from "../functions/pointwise.ts";
import type { Tensor } from "../tensors/types.ts";

const k = 5;
/** Below u = -104, e^u p(u) is 0 in float32 for every polynomial p here. */
const lowest = -104;

/**
 * The derivative of pila of order n. Below 0 it is k^(n-1) e^u p(u) with u = kx, and `p` holds the coefficients with the
 * constant first. Above 0 the orders are x, 1, 0, 0, and so on.
 */
function derivativeOfOrder(n: number, p: readonly number[]): Pointwise {
  let next: Pointwise | undefined;
  const derivative = () =>
    (next ??= derivativeOfOrder(
      n + 1,
      p.map((c, i) => c + (i + 1) * (p[i + 1] ?? 0)),
    ));
  const value = (x: Tensor) => {
    const u = tf.clipByValue(tf.mul(x, k), lowest, 0);
    const [constant, ...higher] = p.map((c) => c * k ** (n - 1)) as [number, ...number[]];
    const polynomial = tf.add(
      higher.reduceRight<Tensor | number>((sum, c) => tf.mul(tf.add(sum, c), u), 0),
      constant,
    );
    const below = tf.mul(tf.exp(u), polynomial);
    if (n === 0) return tf.add(below, tf.relu(x));
    // Up to the third order the derivatives are continuous. `below` is then right for u = 0, and hence for every x > 0.
    return n <= 3 ? below : tf.mul(below, tf.sub(1, tf.step(x)));
  };
  return pointwise(`Pila${n || ""}`, value, derivative);
}

/**
 * The activation of Monotone Flows: x for x >= 0, and e^(5x) (25 x^3 / 2 - 5 x^2 + x) below. It is three times continuously
 * differentiable, and -0.348 < pila' <= 1.
 *
 * @see Ahn et al. (2022), Invertible Monotone Operators for Normalizing Flows, arXiv:2210.08176, the published code
 */
export const pila: Pointwise = derivativeOfOrder(0, [0, 1, -1, 1 / 2]);

/** The derivative of `pila`: 1 for x >= 0, and e^u (u^3 / 2 + u^2 / 2 - u + 1) with u = 5x below. */
export const pilaDerivative: Pointwise = derivativeOfOrder(1, [1, -1, 1 / 2, 1 / 2]);

const shift = 0.2;
const divisor = 1.06;

/**
 * sup |cPila'| = 0.99889, rounded up. One of the pair then has slope 1 and the other its least slope, pila'(-4/5) = -19 e^-4.
 */
export const cPilaLipschitz = (Math.hypot(1, 19 * Math.exp(-4)) / divisor) * (1 + 1e-14);

/**
 * Concatenated pila: concat(pila(x - 0.2), pila(-x - 0.2)) / 1.06 along the last axis, [..., C] -> [..., 2C]. Its Lipschitz
 * constant in the Euclidean norm is 0.9989.
 *
 * @see Ahn et al. (2022), arXiv:2210.08176, the published code
 */
export function cPila(x: Tensor): Tensor {
  return tf.tidy(() => cPilaAt(x).value());
}

/** The derivative of `cPila`: concat(pila'(x - 0.2), -pila'(-x - 0.2)) / 1.06. */
export function cPilaDerivative(x: Tensor): Tensor {
  return tf.tidy(() => pairDerivative(cPilaAt(x)));
}

/** Prepares `cPila` at x. */
export function cPilaAt(x: Tensor): Pair {
  const z = tf.sub(mirror(x, 1), shift);
  return { value: () => tf.mul(pila(z), 1 / divisor), slopes: () => pilaDerivative(z), scale: 1 / divisor };
}
