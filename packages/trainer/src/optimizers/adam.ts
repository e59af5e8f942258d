import { checkOptions } from "@invertible/errors";
import { add, div, mul, sqrt, square, sub } from "@invertible/ops";
import { checkAdamOptions } from "./adam-options.ts";
import type { AdamOptions } from "./adam-options.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Makes the Adam optimiser with bias correction and decoupled weight decay (AdamW):
 *
 *     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
 *     p <- p - rate * weightDecay * p - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * Epsilon stands outside the root and after bias correction, as in the paper's algorithm 1 and in PyTorch. TensorFlow adds it
 * before the correction, where the same number has a larger effect. The corrections are computed in float64.
 *
 * @throws ArgumentError for an option out of range.
 * @see Kingma, Ba (2015), arXiv 1412.6980, algorithm 1; Loshchilov, Hutter (2019), arXiv 1711.05101, algorithm 2
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptions("adam", options, {
    learningRate: "optional",
    beta1: "optional",
    beta2: "optional",
    epsilon: "optional",
    weightDecay: "optional",
  });
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const config = checkAdamOptions("adam", { learningRate, beta1, beta2, epsilon, weightDecay });
  return Object.freeze({
    name: "adam",
    learningRate,
    config,
    slots: ["m", "v"],
    scalars: (step, rate) => ({
      shrinkage: 1 - rate * weightDecay,
      rate: rate / (1 - beta1 ** step),
      rootScale: 1 / Math.sqrt(1 - beta2 ** step),
    }),
    update({ parameters, gradient, slots: [oldM, oldV], scalars: { shrinkage, rate, rootScale } }) {
      const m = add(mul(oldM!, beta1), mul(gradient, 1 - beta1));
      const v = add(mul(oldV!, beta2), mul(square(gradient), 1 - beta2));
      const root = mul(sqrt(v), rootScale!);
      const change = mul(div(m, add(root, epsilon)), rate!);
      const decayed = weightDecay === 0 ? parameters : mul(parameters, shrinkage!);
      return { parameters: sub(decayed, change), slots: [m, v] };
    },
  } satisfies Optimizer);
}
