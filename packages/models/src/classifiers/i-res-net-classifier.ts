import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { checkChoice, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { actNorm, invertibleConv1x1 } from "@invertible/layers";
import { checkActivation, freeingVariables } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { checkClassifierOptions, classifierOptionKeys, varianceFloor } from "./classifier-options.ts";
import { invertibleFeatures, invertibleOptionKeys } from "./invertible-features.ts";
import type { InvertibleClassifierOptions } from "./invertible-features.ts";

/** Options of `iResNetClassifier`. */
export interface IResNetClassifierOptions extends InvertibleClassifierOptions {
  /**
   * How many blocks each stage has. Stages after the first begin with a squeeze, which halves height and width. Default [7, 7, 7], as in
   * the published script.
   */
  readonly blocksPerStage?: readonly number[];
  /** Channels inside the blocks of each stage. Default [32, 64, 128], as published; a scale of it makes smaller networks. */
  readonly hiddenChannels?: readonly number[];
  /**
   * The limit c on the norm of each of the three convolutions of a block, in (0, 1). Default 0.9. "none" leaves the norms free: an ordinary
   * residual network of the same layout, which claims no inverse.
   */
  readonly coefficient?: number | "none";
  /** Activation of the branches. Default "elu", as published. */
  readonly activation?: ActivationName;
  /**
   * What stands between the act-norm and the block. Default "none", as published. "conv-1x1" puts a learned invertible 1x1 convolution there, which
   * makes the layout that of Glow with blocks in the place of couplings.
   */
  readonly mixing?: "none" | "conv-1x1";
}

/**
 * i-ResNet as a classifier of images [B, H, W, C]: standardised pixels, injective padding, stages of (act-norm, residual block) with squeezes
 * between them, and then a head of batch norm, ReLU, global average pooling and a dense layer. Each block is x + g(x), where
 * g = [act ->] 3x3 -> act -> 1x1 -> act -> 3x3 consists of convolutions whose norm is at most c. So the features determine the image: with
 * c < 1, `classifier.reconstruct` inverts them. No log-det is prepared, so it is no flow.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 * @see Behrmann et al. (2019), arXiv:1811.00995, section 5.1 and its published code
 */
export function iResNetClassifier(options: IResNetClassifierOptions): Classifier {
  const where = "iResNetClassifier";
  checkOptions(where, options, {
    ...classifierOptionKeys,
    blocksPerStage: "optional",
    hiddenChannels: "optional",
    ...invertibleOptionKeys,
    coefficient: "optional",
    activation: "optional",
    mixing: "optional",
  });
  checkClassifierOptions(where, options);
  const { classes, random, coefficient = 0.9, activation = "elu" } = options;
  const { mixing = "none" } = options;
  const { blocksPerStage = [7, 7, 7] } = options;
  const { hiddenChannels = [32, 64, 128].slice(0, blocksPerStage.length) } = options;
  if (hiddenChannels.length !== blocksPerStage.length)
    fail(`${where}.hiddenChannels`, `one number for each of ${blocksPerStage.length} stages`, hiddenChannels);
  for (const hidden of hiddenChannels) checkPositiveInteger(`${where}.hiddenChannels`, hidden);
  if (coefficient !== "none" && !(coefficient > 0 && coefficient < 1))
    fail(`${where}.coefficient`, `a number in (0, 1), or "none"`, coefficient);
  checkActivation(`${where}.activation`, activation);
  checkChoice(`${where}.mixing`, mixing, ["none", "conv-1x1"]);
  return freeingVariables(() => {
    const features = invertibleFeatures(options, {
      ...{ where, key: "blocksPerStage", layersPerStage: blocksPerStage },
      layers(shape, stage, index) {
        const key = random.fold("stage").fold(stage).fold(index);
        const branch = bottleneckBranch({
          inputShape: shape,
          hidden: hiddenChannels[stage]!,
          activation,
          coefficient,
          preactivation: stage > 0 || index > 0,
          random: key,
        });
        return [
          actNorm({ inputShape: shape, varianceFloor }),
          ...(mixing === "none" ? [] : [invertibleConv1x1({ inputShape: shape, random: key.fold("mix") })]),
          residualBlock({ branch }),
        ];
      },
    });
    const head = pooledHead({ inputShape: features.outputShape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
