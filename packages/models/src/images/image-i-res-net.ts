import { checkBetween, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import type { Flow } from "@invertible/flow";
import { checkActivation } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import type { ConvParametrisation } from "@invertible/residual";
import { lipschitzOf, residualNetwork, residualOptionKeys } from "./residual-options.ts";
import type { ImageResidualOptions } from "./residual-options.ts";

/** Options of `imageIResNet`. */
export interface ImageIResNetOptions extends ImageResidualOptions {
  /** Channels inside a block, for all scales or for each of them. Default 64. */
  readonly hiddenChannels?: number | readonly number[];
  /** The sizes of the kernels of a branch, see `bottleneckBranch`. Default [3, 1, 3], as published. */
  readonly kernelSizes?: readonly number[];
  /**
   * The limit c on the norm of each convolution, in (0, 1). A block of three convolutions has the Lipschitz constant c^3. A list
   * gives each convolution a limit of its own; only their product must be below 1. Default 0.9.
   */
  readonly coefficient?: number | readonly number[];
  /**
   * How the norms of kernels are kept at the limit. Default "capped", as in i-ResNet, which estimates norms by power iteration.
   * "aol" keeps them below it by construction.
   */
  readonly parametrisation?: ConvParametrisation;
  /** Activation of the branches. Default "elu". */
  readonly activation?: ActivationName;
}

/**
 * Invertible residual network for images of integers, [B, H, W, C]. The model begins with dequantisation and a logit (or
 * centring), followed by scales of blocks. Each block is an act-norm and x + g(x), where g = [act ->] 3x3 -> act -> 1x1 -> act
 * -> 3x3 consists of convolutions whose norm is at most c. Only the first block of the network lacks the leading activation.
 *
 * The settings are those of i-ResNet's density model (ELU, c = 0.9, five series terms, learned diagonal normal), in a size for
 * two CPU cores: 4 blocks of 64 channels per scale instead of 16 of 512. By default the layout is that of Residual Flows, which
 * starts at full resolution on logits and factors nothing out. Unlike both, the series uses Rademacher probes instead of
 * Gaussian ones, and images are neither cropped nor flipped at random.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved. A 28 x 28 image has at most
 * three at full resolution (28, 14, 7) and two squeezed ones (14, 7).
 * @see Behrmann et al. (2019), arXiv 1811.00995, section 5 and its published code; Chen et al. (2019), arXiv 1906.02735,
 * appendix E
 */
export function imageIResNet(options: ImageIResNetOptions): Flow {
  const where = "imageIResNet";
  checkOptions(where, options, {
    ...residualOptionKeys,
    hiddenChannels: "optional",
    kernelSizes: "optional",
    coefficient: "optional",
    parametrisation: "optional",
    activation: "optional",
  });
  const { hiddenChannels = 64, coefficient = 0.9, activation = "elu" } = options;
  const { kernelSizes = [3, 1, 3], parametrisation = "capped" } = options;
  const { blocksPerScale = [4, 4, 4] } = options;
  const hiddenAt =
    typeof hiddenChannels === "number" ? blocksPerScale.map(() => hiddenChannels) : hiddenChannels;
  if (hiddenAt.length !== blocksPerScale.length)
    fail(
      `${where}.hiddenChannels`,
      `a number, or one for each of ${blocksPerScale.length} scales`,
      hiddenChannels,
    );
  for (const hidden of hiddenAt) checkPositiveInteger(`${where}.hiddenChannels`, hidden);
  if (typeof coefficient === "number") checkBetween(`${where}.coefficient`, coefficient, 0, 1);
  checkActivation(`${where}.activation`, activation);
  return residualNetwork(
    where,
    options,
    lipschitzOf(coefficient, kernelSizes.length),
    ({ shared, first, scale, branch }) =>
      residualBlock({
        branch: bottleneckBranch({
          ...branch,
          hidden: hiddenAt[scale]!,
          kernelSizes,
          activation,
          coefficient,
          parametrisation,
          preactivation: !first,
        }),
        ...shared,
      }),
  );
}
