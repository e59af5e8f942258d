import { knownBounds, readCondition } from "@invertible/bijection";
import type { BijectionDefinition, LayerCall } from "@invertible/bijection";
import { add, exp, matMul, mul, neg, ones, sub, sum, tanh, tidy, variable } from "@invertible/ops";
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
  const t = (call: LayerCall, input: Tensor) =>
    tanh(matMul(conditionOf(readCondition(call, input, [conditionFeatures])), weight));
  return {
    weight,
    name: "soundConditional",
    inputShape: [3],
    outputShape: [3],
    parameters: { weight },
    config: {},
    forward: (x, call) => ({
      y: add(mul(x, exp(t(call, x))), t(call, x)),
      logDet: () => sum(t(call, x), 1),
    }),
    inverse: (y, call) => ({
      x: mul(sub(y, t(call, y)), exp(neg(t(call, y)))),
      logDet: () => neg(sum(t(call, y), 1)),
    }),
    // |t| <= 1 whatever the condition.
    lipschitz: knownBounds(() => ({ forward: Math.E * (1 + 2 ** -50), inverse: Math.E * (1 + 2 ** -50) })),
  };
}
