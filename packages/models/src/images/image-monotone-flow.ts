import { checkBetween, checkOptions, checkPositiveInteger } from "@invertible/errors";
import type { Flow } from "@invertible/flow";
import { checkActivation } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { denseNetBranch, monotoneBlock } from "@invertible/residual";
import type { ConvParametrisation } from "@invertible/residual";
import { lipschitzOf, residualNetwork, residualOptionKeys } from "./residual-options.ts";
import type { ImageResidualOptions } from "./residual-options.ts";

/** Options of `imageMonotoneFlow`. */
export interface ImageMonotoneFlowOptions extends ImageResidualOptions {
  /** How many layers of each branch concatenate their result to their input. Default 3, as published. */
  readonly layers?: number;
  /** How many channels each of them adds, even with an activation to pairs. Default 32. Published: 172. */
  readonly growth?: number;
  /**
   * The limit c on the norm of each layer, in (0, 1), or one limit for each of the layers + 1. The Lipschitz constant L of a
   * branch is their product. Default 0.88, with which L = 0.6, a block stretches up to fourfold, and an equation takes 29 steps.
   */
  readonly coefficient?: number | readonly number[];
  /** How the norms of kernels are kept at the limit. Default "capped". */
  readonly parametrisation?: ConvParametrisation;
  /** Activation of the branches. Default "cPila", as published. */
  readonly activation?: ActivationName;
}

/**
 * Monotone flow for images of integers, [B, H, W, C]: the layout of `imageIResNet` with blocks (I - g)(I + g)^-1, whose
 * contraction g is the DenseNet of `imageIDenseNet`. A block stretches by up to (1 + L) / (1 - L), where a residual one stretches
 * by up to 1 + L. Both directions solve an equation, to the tolerance 1e-6 unless `inverse` says otherwise, so that a step of
 * training costs several times one of `imageIDenseNet`.
 *
 * Differences from the published settings: fewer and narrower blocks, a smaller coefficient, a series of fixed length in place
 * of Russian roulette, and a fixed number of steps for each equation, so that a training step reads nothing back.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved.
 * @see Ahn, Kim, Hong, Kim (2022), Invertible Monotone Operators for Normalizing Flows, arXiv 2210.08176
 */
export function imageMonotoneFlow(options: ImageMonotoneFlowOptions): Flow {
  const where = "imageMonotoneFlow";
  checkOptions(where, options, {
    ...residualOptionKeys,
    layers: "optional",
    growth: "optional",
    coefficient: "optional",
    parametrisation: "optional",
    activation: "optional",
  });
  const { layers = 3, growth = 32, coefficient = 0.88, activation = "cPila" } = options;
  const { parametrisation = "capped" } = options;
  checkPositiveInteger(`${where}.layers`, layers);
  checkPositiveInteger(`${where}.growth`, growth);
  if (typeof coefficient === "number") checkBetween(`${where}.coefficient`, coefficient, 0, 1);
  checkActivation(`${where}.activation`, activation);
  return residualNetwork(where, options, lipschitzOf(coefficient, layers + 1), ({ shared, branch }) =>
    monotoneBlock({
      branch: denseNetBranch({ ...branch, layers, growth, coefficient, activation, parametrisation }),
      ...shared,
    }),
  );
}
