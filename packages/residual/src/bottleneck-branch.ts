import { checkPositiveInteger, checkShape, fail, tidy, variable } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { cappedConv2d, kaimingUniform } from "@invertible/spectral-norm";
import { asLipschitz } from "./for-the-moment.ts";
import { contraction } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { sequentialBranch } from "./sequential-branch.ts";

export interface BottleneckBranchOptions {
  /** [H, W, channels] */
  readonly inputShape: Shape;
  /** Channels between the convolutions. */
  readonly hidden: number;
  readonly activation: ActivationName;
  /** c, the cap on each convolution's operator norm: the branch's L is about c^3. */
  readonly coefficient: number;
  /** An activation before the first convolution. */
  readonly preactivation: boolean;
  readonly random: Random;
}

/**
 * [phi] -> 3x3 convolution -> phi -> 1x1 -> phi -> 3x3 back to the input's channels, each capped by its operator norm.
 *
 * @throws ArgumentError for a shape that is not [H, W, channels], sizes below 1, an unknown activation, or L >= 1.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 5 and its published code
 */
export function bottleneckBranch(options: BottleneckBranchOptions): ContractiveBranch {
  const { inputShape, hidden, activation, coefficient, preactivation, random } = options;
  checkShape("bottleneckBranch: inputShape", inputShape);
  if (inputShape.length !== 3) fail("bottleneckBranch: inputShape", "[H, W, channels]", inputShape);
  checkPositiveInteger("bottleneckBranch: hidden", hidden);
  // Before anything is allocated.
  contraction([coefficient, coefficient, coefficient], activation, preactivation);
  const [height, width, channels] = inputShape as [number, number, number];
  const plan = [
    { kernelSize: 3, inputs: channels, outputs: hidden },
    { kernelSize: 1, inputs: hidden, outputs: hidden },
    { kernelSize: 3, inputs: hidden, outputs: channels },
  ];
  const layers = plan.map(({ kernelSize, inputs, outputs }, i) => {
    const key = random.fold(i);
    const fanIn = kernelSize ** 2 * inputs;
    return {
      operator: asLipschitz(
        cappedConv2d({
          inputShape: [height, width, inputs],
          outputs,
          kernelSize,
          coefficient,
          random: key,
        }),
      ),
      bias: tidy(() => variable(kaimingUniform(key.fold("bias"), [outputs], fanIn))),
    };
  });
  return sequentialBranch({
    layers,
    activation,
    preactivation,
    config: {
      branch: "bottleneck",
      inputShape: [...inputShape],
      hidden,
      activation,
      coefficient,
      preactivation,
    },
  });
}
