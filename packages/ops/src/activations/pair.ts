import * as tf from "@tensorflow/tfjs";
import type { Linearisation } from "./activation.ts";
import { fold, mirror } from "./mirror.ts";
import { timesStacked } from "./stacked.ts";
import type { Tensor } from "../tensors/types.ts";

/** phi(x) = concat(f(x), f(-x)) on the last axis, evaluated at x: its Jacobian takes v to slopes * scale * concat(v, -v). */
export interface Pair {
  value(): Tensor;
  /** concat(f'(x), f'(-x)) / scale */
  slopes(): Tensor;
  readonly scale: number;
}

/** phi'(x) = concat(f'(x), -f'(-x)) */
export function pairDerivative(pair: Pair): Tensor {
  const slopes = pair.slopes();
  return tf.mul(slopes, mirror(tf.ones([slopes.shape[slopes.rank - 1]! / 2]), pair.scale));
}

export function linearisePair(where: string, pair: Pair): Linearisation {
  const slopes = pair.slopes();
  return {
    value: pair.value(),
    jvp: (v) => tf.tidy(() => timesStacked(`${where}.jvp`, slopes, mirror(v, pair.scale))),
    vjp: (w) => tf.tidy(() => fold(timesStacked(`${where}.vjp`, slopes, w), pair.scale)),
  };
}
