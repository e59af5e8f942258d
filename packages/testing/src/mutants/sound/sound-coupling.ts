import type { BijectionDefinition, LayerType } from "@invertible/bijection";
import { defineBijection, readConfig } from "@invertible/bijection";
import {
  add,
  concat,
  exp,
  matMul,
  mul,
  neg,
  ones,
  scalar,
  slice,
  sub,
  sum,
  tanh,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/** A sound definition with its pieces in reach, so that a mutant can replace one. */
export interface SoundCoupling extends BijectionDefinition {
  readonly variables: { logScale: Variable; weight: Variable; shift: Variable; calls: Variable };
  /** x1 of an input, and of an output. */
  firstOfX(x: Tensor): Tensor;
  firstOfY(y: Tensor): Tensor;
  /** log|det dy/dx| from x1. */
  logDet(x1: Tensor): Tensor;
}

/**
 * A small layer with a bit of everything that keeps every law: y1 = x1 * exp(logScale),
 * y2 = x2 * exp(slope * t) + t + shift with t = tanh(x1 weight), on [4].
 */
export function soundCoupling({ slope = 0.5 } = {}): SoundCoupling {
  const variables = tidy(() => ({
    logScale: variable(zeros([2])),
    weight: variable(ones([2, 2])),
    shift: variable(zeros([2])),
    calls: variable(scalar(0), false),
  }));
  const { logScale, weight, shift, calls } = variables;
  const half = (x: Tensor, at: number) => slice(x, [0, at], [x.shape[0]!, 2]);
  const t = (x1: Tensor) => tanh(matMul(x1, weight));
  const firstOfX = (x: Tensor) => half(x, 0);
  const firstOfY = (y: Tensor) => mul(half(y, 0), exp(neg(logScale)));
  const logDet = (x1: Tensor) => add(sum(mul(t(x1), slope), 1), sum(logScale));
  return {
    variables,
    firstOfX,
    firstOfY,
    logDet,
    name: "sound",
    inputShape: [4],
    outputShape: [4],
    parameters: { logScale, weight, shift },
    state: { calls },
    config: { slope },
    forward(x) {
      const x1 = firstOfX(x);
      const y2 = add(add(mul(half(x, 2), exp(mul(t(x1), slope))), t(x1)), shift);
      return { y: concat([mul(x1, exp(logScale)), y2], 1), logDet: () => logDet(x1) };
    },
    inverse(y) {
      const x1 = firstOfY(y);
      const x2 = mul(sub(sub(half(y, 2), shift), t(x1)), exp(mul(t(x1), -slope)));
      return { x: concat([x1, x2], 1), logDet: () => neg(logDet(x1)) };
    },
  };
}

export const soundType: LayerType = {
  layer: "sound",
  build: (config) => defineBijection(soundCoupling({ slope: readConfig("sound", config).number("slope") })),
};
