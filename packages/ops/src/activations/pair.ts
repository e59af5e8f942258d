import * as tf from "@tensorflow/tfjs-core";
import type { Linearisation } from "./activation.ts";
import { fold, mirror } from "./mirror.ts";
import { timesStacked } from "./stacked.ts";
import type { Tensor } from "../tensors/types.ts";

/**
 * A function phi(x) = concat(f(x), f(-x)) along the last axis, at a point x. Its Jacobian maps v to slopes * scale * concat(v,
 * -v).
 */
export interface Pair {
  /** Computes phi(x). */
  value(): Tensor;
  /** Computes concat(f'(x), f'(-x)) / scale. */
  slopes(): Tensor;
  /** The factor that `slopes` leaves out. */
  readonly scale: number;
}

/** The derivative phi'(x) = concat(f'(x), -f'(-x)). */
export function pairDerivative(pair: Pair): Tensor {
  const slopes = pair.slopes();
  return tf.mul(slopes, mirror(tf.ones([slopes.shape[slopes.rank - 1]! / 2]), pair.scale));
}

/** Prepares products with the Jacobian of a pair. `where` starts error messages. */
export function linearisePair(where: string, pair: Pair): Linearisation {
  const slopes = pair.slopes();
  return {
    value: pair.value(),
    jvp: (v) => tf.tidy(() => timesStacked(`${where}.jvp`, slopes, mirror(v, pair.scale))),
    vjp: (w) => tf.tidy(() => fold(timesStacked(`${where}.vjp`, slopes, w), pair.scale)),
  };
}
