import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { checkClassifierOptions, classifierOptionKeys, standardised } from "./classifier-options.ts";
import type { ImageClassifierOptions } from "./classifier-options.ts";
import { residualUnit } from "./residual-unit.ts";

/** Options of `resNet`. */
export interface ResNetOptions extends ImageClassifierOptions {
  /** How many units each stage has. Stages after the first begin with a stride of 2. Default [3, 3, 3], which is ResNet-20. */
  readonly blocksPerStage?: readonly number[];
  /** Channels of each stage. Default [16, 32, 64]. */
  readonly channels?: readonly number[];
}

/**
 * An ordinary residual network as a classifier of images [B, H, W, C], the control beside invertible ones: standardised pixels, stages of
 * `residualUnit` with preactivation and batch norm, and the same head as `iResNetClassifier`. The first unit goes without
 * preactivation and has a projection as its shortcut, in the place of a convolution before it. It has no inverse.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 * @see He, Zhang, Ren, Sun (2016), arXiv:1603.05027
 */
export function resNet(options: ResNetOptions): Classifier {
  const where = "resNet";
  checkOptions(where, options, {
    ...classifierOptionKeys,
    blocksPerStage: "optional",
    channels: "optional",
  });
  checkClassifierOptions(where, options);
  const { inputShape, classes, random, pixels, blocksPerStage = [3, 3, 3] } = options;
  const { channels = [16, 32, 64].slice(0, blocksPerStage.length) } = options;
  if (blocksPerStage.length === 0) fail(`${where}.blocksPerStage`, "at least one stage", blocksPerStage);
  for (const blocks of blocksPerStage) checkPositiveInteger(`${where}.blocksPerStage`, blocks);
  if (channels.length !== blocksPerStage.length)
    fail(`${where}.channels`, `one number for each of ${blocksPerStage.length} stages`, channels);
  for (const each of channels) checkPositiveInteger(`${where}.channels`, each);
  return freeingVariables(() => {
    const units: Bijection[] = [];
    let shape: Shape = inputShape;
    blocksPerStage.forEach((blocks, stage) => {
      for (let i = 0; i < blocks; i++) {
        const unit = residualUnit({
          inputShape: shape,
          channels: channels[stage]!,
          stride: stage > 0 && i === 0 ? 2 : 1,
          preactivation: units.length > 0,
          random: random.fold("stage").fold(stage).fold(i),
        });
        units.push(unit);
        shape = unit.outputShape;
      }
    });
    const features = chain([standardised(inputShape, pixels), ...units]);
    const head = pooledHead({ inputShape: shape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
