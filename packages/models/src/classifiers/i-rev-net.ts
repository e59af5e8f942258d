import { chain } from "@invertible/bijection";
import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { injectivePadding } from "@invertible/layers";
import { freeingVariables } from "@invertible/ops";
import { planScales, scaleLayers } from "../images/scales.ts";
import { checkClassifierOptions, classifierOptionKeys, standardised } from "./classifier-options.ts";
import type { ImageClassifierOptions } from "./classifier-options.ts";
import { reversibleBlock } from "./reversible-block.ts";

/** Options of `iRevNet`. */
export interface IRevNetOptions extends ImageClassifierOptions {
  /** How many blocks each stage has. Stages after the first begin with a squeeze, which halves height and width. Default [4, 4, 4]. */
  readonly blocksPerStage?: readonly number[];
  /** Channels inside the two networks of a block, for each stage. Default [32, 64, 128]. */
  readonly hiddenChannels?: readonly number[];
  /** Channels of zeros that are added to the image before the first block. Default 13. The sum of channels must be at least 2. */
  readonly paddedChannels?: number;
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
    paddedChannels: "optional",
  });
  checkClassifierOptions(where, options);
  const { inputShape, classes, random, pixels, blocksPerStage = [4, 4, 4] } = options;
  const { paddedChannels = 13 } = options;
  const { hiddenChannels = [32, 64, 128].slice(0, blocksPerStage.length) } = options;
  if (hiddenChannels.length !== blocksPerStage.length)
    fail(`${where}.hiddenChannels`, `one number for each of ${blocksPerStage.length} stages`, hiddenChannels);
  for (const hidden of hiddenChannels) checkPositiveInteger(`${where}.hiddenChannels`, hidden);
  if (paddedChannels !== 0) checkPositiveInteger(`${where}.paddedChannels`, paddedChannels);
  const [height, width, channels] = inputShape as [number, number, number];
  if (channels + paddedChannels < 2)
    fail(
      `${where}.paddedChannels`,
      "at least 1 for images of one channel, which has no halves",
      paddedChannels,
    );
  const stages = planScales(where, "blocksPerStage", {
    inputShape: [height, width, channels + paddedChannels],
    layersPerScale: blocksPerStage,
    firstSqueezed: false,
    halving: false,
  });
  return freeingVariables(() => {
    const layers = scaleLayers(stages, {
      layers: (shape, stage, index) =>
        reversibleBlock(shape, hiddenChannels[stage]!, random.fold("stage").fold(stage).fold(index)),
    });
    const features = chain([
      standardised(inputShape, pixels),
      ...(paddedChannels > 0 ? [injectivePadding({ inputShape, channels: paddedChannels })] : []),
      ...layers,
    ]);
    const head = pooledHead({ inputShape: features.outputShape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
