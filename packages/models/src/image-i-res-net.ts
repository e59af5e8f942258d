import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, squeeze } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { checkBetween, checkPositiveInteger, fail } from "@invertible/errors";
import { checkActivation, freeingVariables } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import type { ConvParametrisation, InverseOptions } from "@invertible/residual";
import { checkBase, createBase } from "./base-options.ts";
import type { BaseName } from "./base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { planScales } from "./scales.ts";
import type { Scale } from "./scales.ts";

export interface ImageIResNetOptions {
  /** [H, W, C] of images of integers. */
  readonly inputShape: Shape;
  /** For initial weights. */
  readonly random: Random;
  /** Residual blocks of each scale; scales after the first begin with a squeeze. Default [4, 4, 4]. */
  readonly blocksPerScale?: readonly number[];
  /** Channels inside a block. Default 64. */
  readonly hiddenChannels?: number;
  /**
   * c, the cap on each convolution's norm, in (0, 1): a block's Lipschitz constant is c^3; or one for each of the three, whose product
   * counts. Default 0.9.
   */
  readonly coefficient?: number | readonly number[];
  /** How the kernels are bounded. Default "capped", as i-ResNet; "aol" holds by construction, without power iteration. */
  readonly parametrisation?: ConvParametrisation;
  /** Default "elu". */
  readonly activation?: ActivationName;
  /** Where the first scale works. Default "full-resolution", as Residual Flows; "squeezed", as i-ResNet. */
  readonly firstScale?: "full-resolution" | "squeezed";
  /** What happens to the channels between scales. Default "keep-all"; "factor-out-half", as i-ResNet for CIFAR10. */
  readonly betweenScales?: "keep-all" | "factor-out-half";
  /** A power series of these lengths, or any estimator, such as `russianRoulette`. */
  readonly logDet?: SeriesOptions | LogDetEstimator;
  /** In evaluation. Default: the series' `evaluationTerms`, or the estimator of training. */
  readonly evaluationLogDet?: LogDetEstimator;
  /** Of every block: method, and the limits of its synchronous form. */
  readonly inverse?: InverseOptions;
  /** Numbers per example in `call.condition`, [B, k], which every block sees. Default 0: none. */
  readonly conditionFeatures?: number;
  readonly pixels?: PixelOptions;
  /** Default "diagonalNormal", as i-ResNet. */
  readonly base?: BaseName;
}

/** Lengths of the power series for log det(I + J). */
export interface SeriesOptions {
  /** Default 5, as i-ResNet. */
  readonly trainingTerms?: number;
  /** Default 20, as Residual Flows (which adds an unbiased tail). */
  readonly evaluationTerms?: number;
  /** Hutchinson probes, in both modes. Default 1. */
  readonly probes?: number;
}

/**
 * Invertible residual network for images of integers, [B, H, W, C]: dequantisation, logit or centring, then scales of blocks.
 * Each block is an act-norm and x + g(x), with g = [act ->] 3x3 -> act -> 1x1 -> act -> 3x3 of capped operator norm; only the
 * network's first block lacks the leading activation.
 *
 * Follows i-ResNet's density model (ELU, c = 0.9, five series terms, learned diagonal normal) in a size for two CPU cores:
 * 4 blocks of 64 channels per scale, there 16 of 512. By default the layout is that of Residual Flows, which starts at full
 * resolution on logits and factors nothing out. Unlike both, a power series of Rademacher probes (there Gaussian), and no
 * random crops or flips.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved: 28 x 28 has three at full
 *   resolution (28, 14, 7), two squeezed (14, 7).
 * @see Behrmann et al. (2019), arXiv 1811.00995, section 5 and its published code; Chen et al. (2019), arXiv 1906.02735, appendix E
 */
export function imageIResNet(options: ImageIResNetOptions): Flow {
  const settings = checked(options);
  const { inputShape, pixels, base, firstScale, betweenScales, blocksPerScale } = settings;
  const scales = planScales("imageIResNet", "blocksPerScale", {
    inputShape,
    layersPerScale: blocksPerScale,
    firstSqueezed: firstScale === "squeezed",
    halving: betweenScales === "factor-out-half",
  });
  return freeingVariables(() => {
    const bijection = chain([...pixelLayers(inputShape, pixels), ...scaleLayers(scales, 0, settings)]);
    return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
  });
}

type Settings = Required<Omit<ImageIResNetOptions, "logDet">> & { readonly logDet: LogDetEstimator };

function checked(options: ImageIResNetOptions): Settings {
  const settings: Settings = {
    blocksPerScale: [4, 4, 4],
    hiddenChannels: 64,
    coefficient: 0.9,
    activation: "elu",
    firstScale: "full-resolution",
    betweenScales: "keep-all",
    parametrisation: "capped",
    inverse: {},
    conditionFeatures: 0,
    pixels: {},
    base: "diagonalNormal",
    ...options,
    ...estimators(options),
  };
  const { firstScale, betweenScales, coefficient } = settings;
  checkPositiveInteger("imageIResNet.hiddenChannels", settings.hiddenChannels);
  if (typeof coefficient === "number") checkBetween("imageIResNet.coefficient", coefficient, 0, 1);
  checkActivation("imageIResNet.activation", settings.activation);
  if (firstScale !== "full-resolution" && firstScale !== "squeezed")
    fail("imageIResNet.firstScale", `"full-resolution" or "squeezed"`, firstScale);
  if (betweenScales !== "keep-all" && betweenScales !== "factor-out-half")
    fail("imageIResNet.betweenScales", `"keep-all" or "factor-out-half"`, betweenScales);
  checkPixels("imageIResNet.pixels", settings.pixels);
  checkBase("imageIResNet.base", settings.base);
  return settings;
}

/** In training, and in evaluation. */
function estimators({ logDet = {}, evaluationLogDet }: ImageIResNetOptions) {
  if ("estimate" in logDet) return { logDet, evaluationLogDet: evaluationLogDet ?? logDet };
  const { trainingTerms = 5, evaluationTerms = 20, probes = 1 } = logDet;
  checkPositiveInteger("imageIResNet.logDet.trainingTerms", trainingTerms);
  checkPositiveInteger("imageIResNet.logDet.evaluationTerms", evaluationTerms);
  checkPositiveInteger("imageIResNet.logDet.probes", probes);
  return {
    logDet: powerSeries({ terms: trainingTerms, probes }),
    evaluationLogDet: evaluationLogDet ?? powerSeries({ terms: evaluationTerms, probes }),
  };
}

function scaleLayers(scales: readonly Scale[], index: number, settings: Settings): Bijection[] {
  const scale = scales[index];
  if (scale === undefined) return [];
  const { hiddenChannels: hidden, activation, coefficient, parametrisation, conditionFeatures } = settings;
  const { logDet, evaluationLogDet, inverse } = settings;
  const blocks = Array.from({ length: scale.layers }, (_, block) => {
    const branch = bottleneckBranch({
      inputShape: scale.shape,
      hidden,
      activation,
      coefficient,
      parametrisation,
      conditionFeatures,
      preactivation: index > 0 || block > 0,
      random: settings.random.fold("scale").fold(index).fold(block),
    });
    const residual = residualBlock({ branch, logDet, evaluationLogDet, inverse });
    return [actNorm({ inputShape: scale.shape }), residual];
  }).flat();
  const here = [...(scale.squeezed ? [squeeze({ inputShape: scale.incoming })] : []), ...blocks];
  const rest = scaleLayers(scales, index + 1, settings);
  if (rest.length === 0 || settings.betweenScales === "keep-all") return [...here, ...rest];
  return [...here, factorOut({ inputShape: scale.shape, leaving: "first", inner: chain(rest) })];
}
