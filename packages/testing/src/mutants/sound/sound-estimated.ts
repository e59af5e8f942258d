import type { BijectionDefinition } from "@invertible/bijection";
import { add, exp, mul, neg, ones, stopGradient, sum, tidy, variable } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";

export interface EstimateDefects {
  /** The estimate's expectation, as a multiple of the truth. */
  readonly factor?: number;
  /** The same for the gradient alone. */
  readonly gradientFactor?: number;
}

/**
 * y = x * exp(logScale) on [3] with an estimated log-det: sum(w * logScale) with random weights w of mean 1, unless
 * told otherwise.
 */
export function soundEstimated({
  factor = 1,
  gradientFactor = 1,
}: EstimateDefects = {}): BijectionDefinition {
  const logScale = tidy(() => variable(ones([3])));
  const estimate = (x: Tensor, random: Random) => {
    const weights = add(mul(random.normal(x.shape), 0.2), factor);
    const weighted = sum(mul(weights, logScale), 1);
    // The value of the one, the gradient of the other.
    return gradientFactor === 1
      ? weighted
      : add(stopGradient(mul(weighted, 1 - gradientFactor)), mul(weighted, gradientFactor));
  };
  return {
    name: "soundEstimated",
    inputShape: [3],
    outputShape: [3],
    traits: { logDet: "unbiased" },
    parameters: { logScale },
    config: {},
    forward: (x, call) => ({ y: mul(x, exp(logScale)), logDet: () => estimate(x, call.random) }),
    inverse: (y, call) => ({ x: mul(y, exp(neg(logScale))), logDet: () => neg(estimate(y, call.random)) }),
  };
}
