import { checkBetween, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";

/** Options of `adam` and `adamax`. */
export interface AdamOptions {
  /** The step size, before warm-up and schedule. Default 1e-3 (`adam`) or 2e-3 (`adamax`). */
  readonly learningRate?: number;
  /** Decay of the average of gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second slot, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Keeps the division finite where gradients are zero. Each optimiser documents where it stands. Default 1e-8. */
  readonly epsilon?: number;
  /**
   * Decoupled weight decay: in each step, parameters shrink by learningRate * weightDecay, independently of the gradient.
   * Default 0.
   */
  readonly weightDecay?: number;
}

/**
 * Checks the options of `adam` and `adamax`, and returns them as JSON.
 *
 * @throws ArgumentError naming the option that is out of range.
 */
export function checkAdamOptions(where: string, options: Required<AdamOptions>): JsonObject {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  checkBetween(`${where}.learningRate`, learningRate, 0, Infinity);
  for (const [name, beta] of [
    ["beta1", beta1],
    ["beta2", beta2],
  ] as const)
    if (!(beta >= 0 && beta < 1)) fail(`${where}.${name}`, "a number in [0, 1)", beta);
  checkBetween(`${where}.epsilon`, epsilon, 0, Infinity);
  if (!(weightDecay >= 0 && weightDecay < Infinity))
    fail(`${where}.weightDecay`, "a number in [0, Infinity)", weightDecay);
  return { learningRate, beta1, beta2, epsilon, weightDecay };
}
