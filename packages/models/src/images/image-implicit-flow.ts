import { checkBetween, checkOptions, checkPositiveInteger } from "@invertible/errors";
import type { Flow } from "@invertible/flow";
import { checkActivation } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { bottleneckBranch, implicitBlock } from "@invertible/residual";
import type { ConvParametrisation } from "@invertible/residual";
import { lipschitzOf, residualNetwork, residualOptionKeys } from "./residual-options.ts";
import type { ImageResidualOptions } from "./residual-options.ts";

/** Options of `imageImplicitFlow`. */
export interface ImageImplicitFlowOptions extends ImageResidualOptions {
  /** How many blocks each scale has. Default [2, 2, 2], as published. */
  readonly blocksPerScale?: readonly number[];
  /** Channels inside each of the two branches of a block. Default 64. Published: 512. */
  readonly hiddenChannels?: number;
  /**
   * The limit c on the norm of each convolution, in (0, 1), or one limit for each of the three. The Lipschitz constant L of a
   * branch is their product. Default 0.85, with which L = 0.61 and an equation takes 31 steps. Published: 0.9.
   */
  readonly coefficient?: number | readonly number[];
  /** How the norms of kernels are kept at the limit. Default "capped". */
  readonly parametrisation?: ConvParametrisation;
  /** Activation of the branches. Default "lipSwish". */
  readonly activation?: ActivationName;
}

/**
 * Implicit flow for images of integers, [B, H, W, C]: the layout of `imageIResNet` with blocks whose output z solves z + h(z) =
 * x + g(x), where g and h are its contractions of three convolutions. Both directions solve an equation, to the tolerance 1e-6
 * unless `inverse` says otherwise.
 *
 * Differences from the published settings: narrower branches, a smaller coefficient, a series of fixed length in place of
 * Russian roulette, and a fixed number of steps for each equation, so that a training step reads nothing back.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved.
 * @see Lu, Chen, Li, Wang, Zhu (2021), Implicit Normalizing Flows, arXiv 2103.09527
 */
export function imageImplicitFlow(options: ImageImplicitFlowOptions): Flow {
  const where = "imageImplicitFlow";
  checkOptions(where, options, {
    ...residualOptionKeys,
    hiddenChannels: "optional",
    coefficient: "optional",
    parametrisation: "optional",
    activation: "optional",
  });
  const { hiddenChannels: hidden = 64, coefficient = 0.85, activation = "lipSwish" } = options;
  const { parametrisation = "capped", blocksPerScale = [2, 2, 2] } = options;
  checkPositiveInteger(`${where}.hiddenChannels`, hidden);
  if (typeof coefficient === "number") checkBetween(`${where}.coefficient`, coefficient, 0, 1);
  checkActivation(`${where}.activation`, activation);
  return residualNetwork(
    where,
    { ...options, blocksPerScale },
    lipschitzOf(coefficient, 3),
    ({ shared, first, branch: place }) => {
      const branch = (side: "input" | "output") =>
        bottleneckBranch({
          ...place,
          random: place.random.fold(side),
          hidden,
          activation,
          coefficient,
          parametrisation,
          preactivation: !first,
        });
      return implicitBlock({ inputBranch: branch("input"), outputBranch: branch("output"), ...shared });
    },
  );
}
