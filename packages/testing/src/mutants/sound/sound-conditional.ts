import { knownBounds } from "@invertible/bijection";
import type { BijectionDefinition, LayerCall } from "@invertible/bijection";
import { add, exp, fail, matMul, mul, neg, ones, sub, sum, tanh, tidy, variable } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";

/** Numbers in each condition. */
export const conditionFeatures = 2;

export interface SoundConditional extends BijectionDefinition {
  readonly weight: Variable;
}

/** y = x * exp(t) + t on [3] with t = tanh(condition weight), condition [B, 2]. */
export function soundConditional(
  conditionOf: (given: Tensor) => Tensor = (given) => given,
): SoundConditional {
  const weight = tidy(() => variable(ones([conditionFeatures, 3])));
  const t = ({ condition }: LayerCall) =>
    tanh(matMul(conditionOf(condition ?? fail("soundConditional", "a condition", condition)), weight));
  return {
    weight,
    name: "soundConditional",
    inputShape: [3],
    outputShape: [3],
    parameters: { weight },
    config: {},
    forward: (x, call) => ({
      y: add(mul(x, exp(t(call))), t(call)),
      logDet: () => sum(t(call), 1),
    }),
    inverse: (y, call) => ({
      x: mul(sub(y, t(call)), exp(neg(t(call)))),
      logDet: () => neg(sum(t(call), 1)),
    }),
    // |t| <= 1 whatever the condition.
    lipschitz: knownBounds(() => ({ forward: Math.E * (1 + 2 ** -50), inverse: Math.E * (1 + 2 ** -50) })),
  };
}
