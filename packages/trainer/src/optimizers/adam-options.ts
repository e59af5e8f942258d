import { checkBetween, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";

export interface AdamOptions {
  /** Default 1e-3 (`adam`) or 2e-3 (`adamax`). */
  readonly learningRate?: number;
  /** Decay of the mean of gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second slot, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Keeps the division finite where gradients are zero; see each optimiser for its place. Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled: parameters shrink by learningRate * weightDecay a step, apart from the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** @throws ArgumentError naming the option that is out of range. */
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
