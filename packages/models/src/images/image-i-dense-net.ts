import { checkBetween, checkOptions, checkPositiveInteger } from "@invertible/errors";
import type { Flow } from "@invertible/flow";
import { checkActivation } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { denseNetBranch, residualBlock } from "@invertible/residual";
import type { ConvParametrisation } from "@invertible/residual";
import { lipschitzOf, residualNetwork, residualOptionKeys } from "./residual-options.ts";
import type { ImageResidualOptions } from "./residual-options.ts";

/** Options of `imageIDenseNet`. */
export interface ImageIDenseNetOptions extends ImageResidualOptions {
  /** How many layers of each branch concatenate their result to their input. Default 3, as published. */
  readonly layers?: number;
  /** How many channels each of them adds, even with an activation to pairs. Default 32. Published: 172. */
  readonly growth?: number;
  /**
   * The limit c on the norm of each layer, in (0, 1), or one limit for each of the layers + 1. The Lipschitz constant of a branch
   * is the product of these, c^4 for 3 layers. Default 0.93, published 0.98.
   */
  readonly coefficient?: number | readonly number[];
  /** How the norms of kernels are kept at the limit. Default "capped". */
  readonly parametrisation?: ConvParametrisation;
  /** Activation of the branches. Default "cLipSwish", as published. */
  readonly activation?: ActivationName;
}

/**
 * i-DenseNet for images of integers, [B, H, W, C]: the layout of `imageIResNet` with blocks x + g(x) whose contraction g is a
 * DenseNet of 3x3 convolutions, each of which passes on its input beside its result, and a 1x1 convolution back.
 *
 * Differences from the published settings: 4 blocks with a growth of 32 per scale instead of 16 with 172, for two CPU cores; a
 * smaller coefficient, at which 5 terms of the series suffice for training; the series in place of Russian roulette, which
 * `logDet` can bring back; concatenation weights that are trained from the start; and no dense blocks at the end.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved.
 * @see Perugachi-Diaz, Tomczak, Bhulai (2021), Invertible DenseNets with Concatenated LipSwish, arXiv 2102.02694
 */
export function imageIDenseNet(options: ImageIDenseNetOptions): Flow {
  const where = "imageIDenseNet";
  checkOptions(where, options, {
    ...residualOptionKeys,
    layers: "optional",
    growth: "optional",
    coefficient: "optional",
    parametrisation: "optional",
    activation: "optional",
  });
  const { layers = 3, growth = 32, coefficient = 0.93, activation = "cLipSwish" } = options;
  const { parametrisation = "capped" } = options;
  checkPositiveInteger(`${where}.layers`, layers);
  checkPositiveInteger(`${where}.growth`, growth);
  if (typeof coefficient === "number") checkBetween(`${where}.coefficient`, coefficient, 0, 1);
  checkActivation(`${where}.activation`, activation);
  return residualNetwork(where, options, lipschitzOf(coefficient, layers + 1), ({ shared, branch }) =>
    residualBlock({
      branch: denseNetBranch({ ...branch, layers, growth, coefficient, activation, parametrisation }),
      ...shared,
    }),
  );
}
