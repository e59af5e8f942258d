import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";
import { convParametrisations, plainConvolution } from "./bounded-operators.ts";
import type { ConvParametrisation } from "./bounded-operators.ts";
import { newLayer } from "./stages/branch-layer.ts";
import { checkShared, sharedConfig } from "./branch-options.ts";
import type { SequentialOptions } from "./branch-options.ts";
import { checkBranchContracts, facts } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { sequentialBranch } from "./sequential-branch.ts";
import { sequentialOperators } from "./sequential-operators.ts";

/** Options of `bottleneckBranch`. */
export interface BottleneckBranchOptions extends SequentialOptions {
  /** [H, W, channels] of its input and output. */
  readonly inputShape: Shape;
  /**
   * Channels between the convolutions. An activation to pairs, such as "cLipSwish", doubles them; then this is the number
   * before the activation.
   */
  readonly hidden: number;
  /**
   * The sizes of the kernels, one for each convolution and at least two, each from 1 to 15. Default [3, 1, 3], the published
   * bottleneck. With [3, 3] the branch has two convolutions, so that its Lipschitz constant is c^2.
   */
  readonly kernelSizes?: readonly number[];
  /** How the norms of the convolutions are bounded. Default "capped". Not with the coefficient "none". */
  readonly parametrisation?: ConvParametrisation;
}

/**
 * A contractive branch for images, [B, H, W, channels]: [phi] -> 3x3 convolution -> phi -> 1x1 -> phi -> 3x3 back to the
 * channels of the input, or convolutions of other `kernelSizes`. The operator norm of each convolution is bounded.
 *
 * @throws ArgumentError for a shape that is not [H, W, channels], sizes out of range, options that are unknown or do not go
 * together, or L >= 1.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 5 and its published code
 */
export function bottleneckBranch(options: BottleneckBranchOptions): ContractiveBranch {
  checkOptions("bottleneckBranch", options, {
    inputShape: "required",
    hidden: "required",
    kernelSizes: "optional",
    parametrisation: "optional",
    preactivation: "required",
    norm: "optional",
    activation: "required",
    coefficient: "required",
    conditionFeatures: "optional",
    random: "required",
  });
  const where = "bottleneckBranch";
  const { inputShape, hidden, preactivation, conditionFeatures = 0, norm = 2, random } = options;
  const { kernelSizes = published } = options;
  checkShape(`${where}: inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${where}: inputShape`, "[H, W, channels]", inputShape);
  checkPositiveInteger(`${where}: hidden`, hidden);
  if (!Array.isArray(kernelSizes) || kernelSizes.length < 2)
    fail(`${where}: kernelSizes`, "at least two sizes", kernelSizes);
  for (const size of kernelSizes) {
    checkPositiveInteger(`${where}: kernelSizes`, size);
    if (size > largestKernel) fail(`${where}: kernelSizes`, `sizes up to ${largestKernel}`, size);
  }
  const kinds = { bounded: convParametrisations, plain: plainConvolution };
  const { build, coefficients, config } = sequentialOperators(where, options, kernelSizes.length, kinds);
  checkShared(where, options);
  checkBranchContracts(where, coefficients, { name: options.activation, preactivation, norm });

  const { expansion } = facts(options.activation);
  const [height, width, channels] = inputShape as [number, number, number];
  const widths = [channels, ...kernelSizes.slice(1).map(() => hidden), channels];
  const layers = coefficients.map((coefficient, i) => {
    const key = random.fold(i);
    const kernelSize = kernelSizes[i]!;
    const inputs = widths[i]! * (i > 0 || preactivation ? expansion : 1);
    const operator = build({
      inputShape: [height, width, inputs],
      outputs: widths[i + 1]!,
      kernelSize,
      coefficient,
      norm,
      random: key,
    });
    return newLayer({ operator, fanIn: kernelSize ** 2 * inputs, conditionFeatures, random: key });
  });
  return sequentialBranch({
    layers,
    activation: options.activation,
    preactivation,
    config: {
      branch: "bottleneck",
      inputShape: [...inputShape],
      hidden,
      kernelSizes: [...kernelSizes],
      preactivation,
      ...config,
      ...sharedConfig(options),
    },
  });
}

const published: readonly number[] = [3, 1, 3];

/** Larger ones would see beyond every image that a dense layer does not suit better. */
const largestKernel = 15;
