import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { actNorm, squeeze } from "@invertible/layers";
import type { LogDetEstimator } from "@invertible/log-det";
import { powerSeries } from "@invertible/log-det";
import { freeingVariables } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import type { NetworkStep } from "./network-step.ts";

/** What `residualNetwork` builds. */
export interface ResidualNetworkOptions {
  /** [H, W, C] of real-valued images. */
  readonly inputShape: Shape;
  /** How many blocks each scale has. Scales after the first begin with a squeeze. */
  readonly blocksPerScale: readonly number[];
  /** Whether the first scale begins with a squeeze, too. */
  readonly firstSqueezed: boolean;
  /** Channels inside a block. */
  readonly hiddenChannels: number;
  /** The limit c on the norm of every convolution. With "none", norms are free, and blocks need not be invertible. */
  readonly coefficient: number | "none";
  /** Log-dets of blocks. Default: a series of 5 terms in training and 20 otherwise. */
  readonly logDet?: LogDetEstimator;
  readonly random: Random;
}

/** A residual network whose layers and branches can be looked at one by one. */
export interface ResidualNetwork {
  /** All steps, one after another. */
  readonly bijection: Bijection;
  readonly steps: readonly NetworkStep[];
}

/**
 * The network of the i-ResNet: an act-norm before every block x + g(x), where g is [ELU ->] 3x3 -> ELU -> 1x1 -> ELU -> 3x3.
 * `imageIResNet` builds the same, but does not show the branches of its blocks, and only with a coefficient.
 */
export function residualNetwork(options: ResidualNetworkOptions): ResidualNetwork {
  const { blocksPerScale, firstSqueezed, random } = options;
  return freeingVariables(() => {
    const steps: NetworkStep[] = [];
    let shape = options.inputShape;
    blocksPerScale.forEach((blocks, scale) => {
      if (scale > 0 || firstSqueezed) {
        const layer = squeeze({ inputShape: shape });
        steps.push({ layer });
        shape = layer.outputShape;
      }
      for (let block = 0; block < blocks; block++) {
        const preactivation = scale > 0 || block > 0;
        steps.push({ layer: actNorm({ inputShape: shape }) });
        steps.push(blockStep(options, shape, preactivation, random.fold(scale).fold(block)));
      }
    });
    return { bijection: chain(steps.map(({ layer }) => layer)), steps };
  });
}

function blockStep(
  { hiddenChannels: hidden, coefficient, logDet }: ResidualNetworkOptions,
  inputShape: Shape,
  preactivation: boolean,
  random: Random,
): NetworkStep {
  const branch = bottleneckBranch({
    ...{ inputShape, hidden, coefficient, preactivation, random },
    activation: "elu",
  });
  const g = (x: Tensor) => branch.bind().value(x);
  if (coefficient === "none") return { layer: residualBlock({ branch }), g };
  const layer = residualBlock({
    branch,
    logDet: logDet ?? powerSeries({ terms: 5 }),
    evaluationLogDet: logDet ?? powerSeries({ terms: 20 }),
  });
  return { layer, branch, g };
}
