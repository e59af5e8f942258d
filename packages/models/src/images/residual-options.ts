import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { checkChoice, checkPositiveInteger } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, invertibleConv1x1 } from "@invertible/layers";
import { geometricLaw, powerSeries, russianRoulette, truncationBound } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { checkRandom, freeingVariables } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";
import type { InverseOptions } from "@invertible/residual";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { planScales, scaleLayers } from "./scales.ts";

/** The options that the models of images from contractive branches share. */
export interface ImageResidualOptions {
  /** [H, W, C], the shape of images of integers. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /**
   * How many blocks each scale has. Scales after the first begin with a squeeze, which halves height and width. Default [4, 4, 4].
   */
  readonly blocksPerScale?: readonly number[];
  /**
   * Where the first scale works. Default "full-resolution", as in Residual Flows. "squeezed" begins with a squeeze, as in
   * i-ResNet.
   */
  readonly firstScale?: "full-resolution" | "squeezed";
  /**
   * What happens to the channels between scales. Default "keep-all", as in Residual Flows. With "factor-out-half", half of them
   * leave as latents, as in i-ResNet for CIFAR10.
   */
  readonly betweenScales?: "keep-all" | "factor-out-half";
  /**
   * What stands between the act-norm and the block. Default "none", as published. "conv-1x1" puts a learned 1x1 convolution
   * there, as in Glow, which mixes the channels without a limit on its norm.
   */
  readonly mixing?: "none" | "conv-1x1";
  /**
   * How log-dets are estimated in training. Either the lengths of a power series, or any estimator such as `russianRoulette`.
   * The default follows from the Lipschitz constant L of the blocks: the published 5 terms where the rest of the series is at
   * most 0.1 nats for each number of an image and block (L up to 0.76), and above that a roulette with 3 exact terms, whose
   * mean is right. A series with a larger rest can be asked for, and is warned of on the console: training learns to exploit it.
   */
  readonly logDet?: SeriesOptions | LogDetEstimator;
  /**
   * How log-dets are estimated in evaluation. Default: the power series with `evaluationTerms`, or the estimator of training.
   */
  readonly evaluationLogDet?: LogDetEstimator;
  /** How blocks are inverted: the method, and the limits of its synchronous form. */
  readonly inverse?: InverseOptions;
  /**
   * How many numbers `call.condition` [B, k] has for each example. Every block sees them. Default 0, which means no condition.
   */
  readonly conditionFeatures?: number;
  /** How integers become real numbers. Default: 256 levels and a logit with alpha 1e-6. */
  readonly pixels?: PixelOptions;
  /** The density of the latents. Default "diagonalNormal", as in i-ResNet. */
  readonly base?: BaseName;
}

/** Lengths of the power series for log det(I + J), in training and in evaluation. */
export interface SeriesOptions {
  /** Number of terms in training. Default 5, as in i-ResNet. */
  readonly trainingTerms?: number;
  /** Number of terms in evaluation. Default 20, as in Residual Flows, which adds an unbiased tail to them. */
  readonly evaluationTerms?: number;
  /** Number of Hutchinson probes, in training and in evaluation. Default 1. */
  readonly probes?: number;
}

/** Every shared option, for `checkOptions`. */
export const residualOptionKeys = {
  inputShape: "required",
  random: "required",
  blocksPerScale: "optional",
  firstScale: "optional",
  betweenScales: "optional",
  mixing: "optional",
  logDet: "optional",
  evaluationLogDet: "optional",
  inverse: "optional",
  conditionFeatures: "optional",
  pixels: "optional",
  base: "optional",
} as const;

/** What one block is built from. */
export interface BlockPlace {
  /** What every branch takes. */
  readonly branch: {
    readonly inputShape: Shape;
    readonly conditionFeatures: number;
    /** Key of this block alone. */
    readonly random: Random;
  };
  /** The number of its scale, from 0. */
  readonly scale: number;
  /** Whether no block stands before it. */
  readonly first: boolean;
  /** What every block takes beside its branches. */
  readonly shared: {
    readonly logDet: LogDetEstimator;
    readonly evaluationLogDet: LogDetEstimator;
    readonly inverse: InverseOptions;
  };
}

/**
 * Makes a model of scales of (act-norm, block).
 *
 * @param lipschitz the Lipschitz constant of the blocks' branches, from which the usual estimator follows
 * @throws ArgumentError for shared options out of range, naming `where`, and whatever `block` throws.
 */
export function residualNetwork(
  where: string,
  options: ImageResidualOptions,
  lipschitz: number,
  block: (place: BlockPlace) => Bijection,
): Flow {
  const { inputShape, random, blocksPerScale = [4, 4, 4], inverse = {}, conditionFeatures = 0 } = options;
  const { firstScale = "full-resolution", betweenScales = "keep-all", mixing = "none" } = options;
  const { pixels = {}, base = "diagonalNormal" } = options;
  checkRandom(`${where}: random`, random);
  checkChoice(`${where}.firstScale`, firstScale, ["full-resolution", "squeezed"]);
  checkChoice(`${where}.betweenScales`, betweenScales, ["keep-all", "factor-out-half"]);
  checkChoice(`${where}.mixing`, mixing, ["none", "conv-1x1"]);
  checkPixels(`${where}.pixels`, pixels);
  checkBase(`${where}.base`, base);
  const shared = { ...estimators(where, options, lipschitz), inverse };
  const scales = planScales(where, "blocksPerScale", {
    inputShape,
    layersPerScale: blocksPerScale,
    firstSqueezed: firstScale === "squeezed",
    halving: betweenScales === "factor-out-half",
  });
  return freeingVariables(() => {
    const layers = scaleLayers(scales, {
      layers(shape, scale, index) {
        const key = random.fold("scale").fold(scale).fold(index);
        const mix =
          mixing === "none" ? [] : [invertibleConv1x1({ inputShape: shape, random: key.fold("mix") })];
        const first = scale === 0 && index === 0;
        const branch = { inputShape: shape, conditionFeatures, random: key };
        return [actNorm({ inputShape: shape }), ...mix, block({ branch, scale, first, shared })];
      },
      ...(betweenScales === "factor-out-half" && { leaving: "first" }),
    });
    const bijection = chain([...pixelLayers(inputShape, pixels), ...layers]);
    return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
  });
}

/** The Lipschitz constant of a branch of so many layers: the product of their limits. */
export function lipschitzOf(coefficient: number | readonly number[], layers: number): number {
  return typeof coefficient === "number"
    ? coefficient ** layers
    : coefficient.reduce((product, limit) => product * limit, 1);
}

/** The most that the cut-off rest of a series should be, in nats for each number of an image and block. */
const largestRest = 0.1;
const usualTerms = { training: 5, evaluation: 20 };

/** The estimators of training and of evaluation. */
function estimators(where: string, { logDet, evaluationLogDet }: ImageResidualOptions, lipschitz: number) {
  if (logDet && "estimate" in logDet) return { logDet, evaluationLogDet: evaluationLogDet ?? logDet };
  // Branches that do not contract are refused by themselves, in their own words.
  const restOf = (terms: number) => (lipschitz < 1 ? truncationBound({ lipschitz, dimension: 1, terms }) : 0);
  if (!logDet && restOf(usualTerms.training) > largestRest) {
    // Half of the limit below which the variance is finite.
    const law = geometricLaw({ p: (1 - lipschitz ** 2) / 2 });
    return {
      logDet: russianRoulette({ law, exactTerms: 3 }),
      evaluationLogDet: evaluationLogDet ?? russianRoulette({ law, exactTerms: usualTerms.evaluation }),
    };
  }
  const {
    trainingTerms = usualTerms.training,
    evaluationTerms = usualTerms.evaluation,
    probes = 1,
  } = logDet ?? {};
  checkPositiveInteger(`${where}.logDet.trainingTerms`, trainingTerms);
  checkPositiveInteger(`${where}.logDet.evaluationTerms`, evaluationTerms);
  checkPositiveInteger(`${where}.logDet.probes`, probes);
  const rest = restOf(trainingTerms);
  if (rest > largestRest)
    console.warn(
      `${where}.logDet.trainingTerms: ${trainingTerms} terms with L = ${lipschitz.toPrecision(3)} leave out up to ${rest.toPrecision(2)} nats for each number and block. Training learns to exploit that. Without logDet, this model uses an unbiased estimator.`,
    );
  return {
    logDet: powerSeries({ terms: trainingTerms, probes }),
    evaluationLogDet: evaluationLogDet ?? powerSeries({ terms: evaluationTerms, probes }),
  };
}
