import { createClassifier, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { additiveCoupling, affineCoupling, convConditioner } from "@invertible/coupling";
import { checkChoice, checkOptions, checkPositiveInteger } from "@invertible/errors";
import { freeingVariables } from "@invertible/ops";
import { glowMixings, glowScales } from "../images/glow-scales.ts";
import type { GlowMixing } from "../images/glow-scales.ts";
import { checkClassifierOptions, classifierOptionKeys, varianceFloor } from "./classifier-options.ts";
import { invertibleFeatures, invertibleOptionKeys } from "./invertible-features.ts";
import type { InvertibleClassifierOptions } from "./invertible-features.ts";

/** Options of `glowClassifier`. */
export interface GlowClassifierOptions extends InvertibleClassifierOptions {
  /** How many steps of flow each stage has. Stages after the first begin with a squeeze. Default [4, 4, 4]. */
  readonly stepsPerStage?: readonly number[];
  /** Hidden channels in the network of each coupling. Default 64. */
  readonly width?: number;
  /** What mixes the channels of a step before its coupling. Default "conv-1x1". */
  readonly mixing?: GlowMixing;
  /** Whether couplings scale and shift, or only shift. Default "affine". */
  readonly coupling?: "affine" | "additive";
}

/**
 * Glow as a classifier of images [B, H, W, C], in the layout of `iResNetClassifier`: standardised pixels, injective padding, stages of Glow's
 * steps (act-norm, mixing, coupling) with squeezes between them, and the same head. No channels leave between stages. The inverse is
 * analytic. The published comparison has affine couplings with 1x1 convolutions, and additive ones with reversed channels.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 * @see Behrmann et al. (2019), arXiv:1811.00995, the comparison of architectures; Kingma, Dhariwal (2018), arXiv:1807.03039
 */
export function glowClassifier(options: GlowClassifierOptions): Classifier {
  const where = "glowClassifier";
  checkOptions(where, options, {
    ...classifierOptionKeys,
    stepsPerStage: "optional",
    width: "optional",
    ...invertibleOptionKeys,
    mixing: "optional",
    coupling: "optional",
  });
  checkClassifierOptions(where, options);
  const { classes, random, stepsPerStage = [4, 4, 4], width = 64 } = options;
  const { mixing = "conv-1x1", coupling = "affine" } = options;
  checkPositiveInteger(`${where}.width`, width);
  checkChoice(`${where}.mixing`, mixing, glowMixings);
  checkChoice(`${where}.coupling`, coupling, ["affine", "additive"]);
  const made = coupling === "affine" ? affineCoupling : additiveCoupling;
  const { layers } = glowScales({
    random,
    conditionFeatures: 0,
    mixing,
    varianceFloor,
    coupling: (shape, key) =>
      made({ inputShape: shape, conditioner: convConditioner({ width, random: key }) }),
  });
  return freeingVariables(() => {
    const features = invertibleFeatures(options, {
      ...{ where, key: "stepsPerStage", layersPerStage: stepsPerStage },
      layers,
    });
    const head = pooledHead({ inputShape: features.outputShape, classes, random: random.fold("head") });
    return createClassifier({ features, head });
  });
}
