import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import { checkClassifierOptions, classifierOptionKeys } from "./classifier-options.ts";
import { invertibleFeatures, invertibleOptionKeys } from "./invertible-features.ts";
import type { InvertibleClassifierOptions } from "./invertible-features.ts";
import { reversibleBlock } from "./reversible-block.ts";

/** Options of `iRevNet`. */
export interface IRevNetOptions extends InvertibleClassifierOptions {
  /** How many blocks each stage has. Stages after the first begin with a squeeze, which halves height and width. Default [4, 4, 4]. */
  readonly blocksPerStage?: readonly number[];
  /** Channels inside the two networks of a block, for each stage. Default [32, 64, 128]. */
  readonly hiddenChannels?: readonly number[];
}

/**
 * i-RevNet as a classifier of images [B, H, W, C]: standardised pixels, injective padding, stages of reversible blocks with squeezes
 * between them, and the same head as `iResNetClassifier`. Each block adds a network of one half of the channels to the other half, and then the
 * reverse. So every image follows from its features by a formula, and `train` with `backward: "reversible"` keeps no activations.
 *
 * Differences from the published network: act-norms instead of batch norms inside the blocks, and the published head without a ReLU
 * at the end of the features.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 * @see Jacobsen, Smeulders, Oyallon (2018), i-RevNet: Deep Invertible Networks, arXiv:1802.07088
 */
export function iRevNet(options: IRevNetOptions): Classifier {
  const where = "iRevNet";
  checkOptions(where, options, {
    ...classifierOptionKeys,
    blocksPerStage: "optional",
    hiddenChannels: "optional",
    ...invertibleOptionKeys,
  });
  checkClassifierOptions(where, options);
  const { classes, random, blocksPerStage = [4, 4, 4] } = options;
  const { hiddenChannels = [32, 64, 128].slice(0, blocksPerStage.length) } = options;
  if (hiddenChannels.length !== blocksPerStage.length)
    fail(`${where}.hiddenChannels`, `one number for each of ${blocksPerStage.length} stages`, hiddenChannels);
  for (const hidden of hiddenChannels) checkPositiveInteger(`${where}.hiddenChannels`, hidden);
  return freeingVariables(() => {
    const features = invertibleFeatures(options, {
      ...{ where, key: "blocksPerStage", layersPerStage: blocksPerStage },
      layers: (shape, stage, index) =>
        reversibleBlock(shape, hiddenChannels[stage]!, random.fold("stage").fold(stage).fold(index)),
    });
    const head = pooledHead({ inputShape: features.outputShape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
