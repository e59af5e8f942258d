import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { checkIntegerFrom, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { checkClassifierOptions, classifierOptionKeys, standardised } from "./classifier-options.ts";
import type { ImageClassifierOptions } from "./classifier-options.ts";
import { residualUnit } from "./residual-unit.ts";
import { reversibleBlock } from "./reversible-block.ts";

/** Options of `revNet`. */
export interface RevNetOptions extends ImageClassifierOptions {
  /** How many reversible blocks follow the first unit of each stage. Default [3, 3, 3]. */
  readonly blocksPerStage?: readonly number[];
  /** Channels of each stage, at least 2. Default [32, 64, 112], as in RevNet-38. */
  readonly channels?: readonly number[];
  /** Channels inside the two networks of a block, for each stage. Default: half of its channels. */
  readonly hiddenChannels?: readonly number[];
}

/**
 * RevNet as a classifier of images [B, H, W, C]: standardised pixels, stages that begin with an ordinary `residualUnit`, which sets the number of
 * channels and from the second stage on halves height and width, and go on with reversible blocks; then the same head as `resNet`. Only
 * the first units of the stages throw information away, so the network has no inverse, but `train` with `backward: "reversible"` keeps
 * activations at these units alone: memory grows with the number of stages, and not with that of blocks.
 *
 * Difference from the published network: act-norms instead of batch norms inside the reversible blocks.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 * @see Gomez, Ren, Urtasun, Grosse (2017), The Reversible Residual Network, arXiv:1707.04585
 */
export function revNet(options: RevNetOptions): Classifier {
  const where = "revNet";
  checkOptions(where, options, {
    ...classifierOptionKeys,
    blocksPerStage: "optional",
    channels: "optional",
    hiddenChannels: "optional",
  });
  checkClassifierOptions(where, options);
  const { inputShape, classes, random, pixels, blocksPerStage = [3, 3, 3] } = options;
  const { channels = [32, 64, 112].slice(0, blocksPerStage.length) } = options;
  const { hiddenChannels = channels.map((each) => Math.ceil(each / 2)) } = options;
  if (blocksPerStage.length === 0) fail(`${where}.blocksPerStage`, "at least one stage", blocksPerStage);
  for (const blocks of blocksPerStage) checkPositiveInteger(`${where}.blocksPerStage`, blocks);
  for (const [name, each] of Object.entries({ channels, hiddenChannels }))
    if (each.length !== blocksPerStage.length)
      fail(`${where}.${name}`, `one number for each of ${blocksPerStage.length} stages`, each);
  for (const each of channels) checkIntegerFrom(`${where}.channels`, each, 2, 2 ** 20);
  for (const each of hiddenChannels) checkPositiveInteger(`${where}.hiddenChannels`, each);
  return freeingVariables(() => {
    const layers: Bijection[] = [];
    let shape: Shape = inputShape;
    blocksPerStage.forEach((blocks, stage) => {
      const key = random.fold("stage").fold(stage);
      const unit = residualUnit({
        inputShape: shape,
        channels: channels[stage]!,
        stride: stage > 0 ? 2 : 1,
        preactivation: stage > 0,
        random: key.fold("unit"),
      });
      shape = unit.outputShape;
      layers.push(unit);
      for (let i = 0; i < blocks; i++)
        layers.push(...reversibleBlock(shape, hiddenChannels[stage]!, key.fold(i)));
    });
    const features = chain([standardised(inputShape, pixels), ...layers]);
    const head = pooledHead({ inputShape: shape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
