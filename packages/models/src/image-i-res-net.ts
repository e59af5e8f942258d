import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, squeeze } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { checkBetween, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { checkActivation, checkRandom, freeingVariables } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import type { ConvParametrisation, InverseOptions } from "@invertible/residual";
import { checkBase, createBase } from "./base-options.ts";
import type { BaseName } from "./base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { planScales } from "./scales.ts";
import type { Scale } from "./scales.ts";

/** Options of `imageIResNet`. */
export interface ImageIResNetOptions {
  /** [H, W, C], the shape of images of integers. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /**
   * How many residual blocks each scale has. Scales after the first begin with a squeeze, which halves height and width.
   * Default [4, 4, 4].
   */
  readonly blocksPerScale?: readonly number[];
  /** Channels inside a block. Default 64. */
  readonly hiddenChannels?: number;
  /**
   * The limit c on the norm of each convolution, in (0, 1). A block has three convolutions, so its Lipschitz constant is c^3. A
   * list gives each of the three a limit of its own; only their product must be below 1. Default 0.9.
   */
  readonly coefficient?: number | readonly number[];
  /**
   * How the norms of kernels are kept at the limit. Default "capped", as in i-ResNet, which estimates norms by power iteration.
   * "aol" keeps them below it by construction.
   */
  readonly parametrisation?: ConvParametrisation;
  /** Activation of the branches. Default "elu". */
  readonly activation?: ActivationName;
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
   * How log-dets are estimated in training. Either the lengths of a power series, or any estimator such as `russianRoulette`.
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

/**
 * Invertible residual network for images of integers, [B, H, W, C]. The model begins with dequantisation and a logit (or
 * centring), followed by scales of blocks. Each block is an act-norm and x + g(x), where g = [act ->] 3x3 -> act -> 1x1 -> act
 * -> 3x3 consists of convolutions whose norm is at most c. Only the first block of the network lacks the leading activation.
 *
 * The settings are those of i-ResNet's density model (ELU, c = 0.9, five series terms, learned diagonal normal), in a size for
 * two CPU cores: 4 blocks of 64 channels per scale instead of 16 of 512. By default the layout is that of Residual Flows, which
 * starts at full resolution on logits and factors nothing out. Unlike both, the series uses Rademacher probes instead of
 * Gaussian ones, and images are neither cropped nor flipped at random.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved. A 28 x 28 image has at most
 * three at full resolution (28, 14, 7) and two squeezed ones (14, 7).
 * @see Behrmann et al. (2019), arXiv 1811.00995, section 5 and its published code; Chen et al. (2019), arXiv 1906.02735,
 * appendix E
 */
export function imageIResNet(options: ImageIResNetOptions): Flow {
  checkOptions("imageIResNet", options, {
    inputShape: "required",
    random: "required",
    blocksPerScale: "optional",
    hiddenChannels: "optional",
    coefficient: "optional",
    parametrisation: "optional",
    activation: "optional",
    firstScale: "optional",
    betweenScales: "optional",
    logDet: "optional",
    evaluationLogDet: "optional",
    inverse: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    base: "optional",
  });
  checkRandom("imageIResNet: random", options.random);
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

/** The estimators of training and of evaluation. */
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
