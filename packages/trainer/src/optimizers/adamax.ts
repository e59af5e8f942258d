import { checkOptions } from "@invertible/errors";
import { abs, add, div, maximum, mul, sub } from "@invertible/ops";
import { checkAdamOptions } from "./adam-options.ts";
import type { AdamOptions } from "./adam-options.ts";
import type { Optimizer } from "./optimizer.ts";

/**
 * Makes the Adamax optimiser, which is Adam with the infinity norm, with decoupled weight decay:
 *
 *     m <- beta1 m + (1 - beta1) g,   u <- max(beta2 u, |g| + epsilon)
 *     p <- p - rate * weightDecay * p - rate / (1 - beta1^t) * m / u
 *
 * The paper has no epsilon, and divides by zero where a gradient has always been zero. Here it stands inside the maximum, as in
 * PyTorch.
 *
 * @throws ArgumentError for an option out of range.
 * @see Kingma, Ba (2015), arXiv 1412.6980, algorithm 2
 */
export function adamax(options: AdamOptions = {}): Optimizer {
  checkOptions("adamax", options, {
    learningRate: "optional",
    beta1: "optional",
    beta2: "optional",
    epsilon: "optional",
    weightDecay: "optional",
  });
  const { learningRate = 2e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  const config = checkAdamOptions("adamax", { learningRate, beta1, beta2, epsilon, weightDecay });
  return Object.freeze({
    name: "adamax",
    learningRate,
    config,
    slots: ["m", "u"],
    scalars: (step, rate) => ({ shrinkage: 1 - rate * weightDecay, rate: rate / (1 - beta1 ** step) }),
    update({ parameters, gradient, slots: [oldM, oldU], scalars: { shrinkage, rate } }) {
      const m = add(mul(oldM!, beta1), mul(gradient, 1 - beta1));
      const u = maximum(mul(oldU!, beta2), add(abs(gradient), epsilon));
      const change = mul(div(m, u), rate!);
      const decayed = weightDecay === 0 ? parameters : mul(parameters, shrinkage!);
      return { parameters: sub(decayed, change), slots: [m, u] };
    },
  } satisfies Optimizer);
}
