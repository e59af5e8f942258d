import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType, LipschitzBounds } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import { add, div, log, logSigmoid, mul, neg, sigmoid, sizeOf, sub, sumPerExample } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** Options of `logit`. */
export interface LogitOptions {
  /** Shape of one example. */
  readonly inputShape: Shape;
  /** Keeps the images of 0 and 1 finite, in [0, 0.5). Residual Flows uses 1e-6 for MNIST and 0.05 for CIFAR10. */
  readonly alpha: number;
}

/**
 * Maps numbers in [0, 1] to the whole real line: y = logit(p) with p = alpha + (1 - 2 alpha) x. log|det| = sum(ln(1 - 2 alpha)
 * - ln p - ln(1 - p)) nats.
 *
 * x, y: [B, ...inputShape], with x in [0, 1], or strictly inside for alpha = 0. 1 - p is computed from 1 - x, so that nothing
 * cancels near 1. In float32 y is exact up to rounding, and the inverse returns x to 2e-7 over all of [0, 1]. The inverse takes
 * any y; for |y| > logit(1 - alpha) its result leaves [0, 1] by less than alpha / (1 - 2 alpha).
 *
 * The certificate is (1 - 2 alpha) / (alpha (1 - alpha)) for the forward map on [0, 1], and 1 / (4 (1 - 2 alpha)) for the
 * inverse of any y.
 *
 * @throws ArgumentError for alpha outside [0, 0.5).
 * @see Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057, section 4.3
 */
export function logit(options: LogitOptions): Bijection {
  checkOptions("logit", options, { inputShape: "required", alpha: "required" });
  const { inputShape, alpha } = options;
  checkShape("logit.inputShape", inputShape);
  if (!(alpha >= 0 && alpha < 0.5)) fail("logit.alpha", "a number in [0, 0.5)", alpha);
  const width = 1 - 2 * alpha;
  const constant = sizeOf(inputShape) * Math.log(width);
  return defineBijection({
    name: "logit",
    inputShape,
    outputShape: inputShape,
    config: { inputShape: [...inputShape], alpha },
    forward(x) {
      const logP = log(add(mul(x, width), alpha));
      const logQ = log(add(mul(sub(1, x), width), alpha));
      return { y: sub(logP, logQ), logDet: () => sub(constant, sumPerExample(add(logP, logQ))) };
    },
    inverse(y) {
      const x = div(sub(sigmoid(y), alpha), width);
      return { x, logDet: () => sub(sumPerExample(add(logSigmoid(y), logSigmoid(neg(y)))), constant) };
    },
    lipschitz: knownBounds(() => logitBounds(alpha)),
  });
}

/**
 * The Lipschitz constants of the logit. Its slope dy/dx = (1 - 2 alpha) / (p (1 - p)) is convex in p. It is least at p = 1/2
 * and, for x in [0, 1], largest at p = alpha. The slope of the inverse is its reciprocal, for every y.
 */
function logitBounds(alpha: number): LipschitzBounds {
  if (alpha === 0) return { forward: Infinity, inverse: 0.25 };
  const width = 1 - 2 * alpha;
  // There are at most four roundings of 2^-53 each: of the width, of 1 - alpha, and of two quotients.
  const raised = 1 + 2 ** -50;
  return { forward: (width / alpha / (1 - alpha)) * raised, inverse: (0.25 / width) * raised };
}

/** Rebuilds a `logit` from its configuration. */
export const logitType: LayerType = {
  layer: "logit",
  build(config) {
    const read = readConfig("logit", config);
    return logit({ inputShape: read.shape("inputShape"), alpha: read.number("alpha") });
  },
};
