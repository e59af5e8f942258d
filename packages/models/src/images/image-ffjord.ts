import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { continuousBlock, convDynamics, hutchinsonTrace } from "@invertible/continuous";
import type { OdeOptions, TraceEstimator } from "@invertible/continuous";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, squeeze } from "@invertible/layers";
import { checkChoice, checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { checkActivation, checkRandom, freeingVariables } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";

/** Options of `imageFfjord`. */
export interface ImageFfjordOptions extends OdeOptions {
  /** [H, W, C], the shape of images of integers. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many scales there are. All but the last halve height and width. Default 2. FFJORD has 3 for images of 28 x 28. */
  readonly scales?: number;
  /** How many differential equations a scale solves before its squeeze, and again after it. Default 1, published 2. */
  readonly blocks?: number;
  /**
   * Where the first scale begins. Default "squeezed", with a quarter of the pixels: a step of training at full resolution, as
   * published, costs several times as much.
   */
  readonly firstScale?: "full-resolution" | "squeezed";
  /** Channels of the hidden convolutions in each network f(t, z). Default [32, 32, 32]. FFJORD has [64, 64, 64]. */
  readonly hidden?: readonly number[];
  /** Activation of these networks. Default "softplus", as published. */
  readonly activation?: ActivationName;
  /** The trace in training. Default `hutchinsonTrace()`, one Rademacher probe, as published. */
  readonly trace?: TraceEstimator;
  /** The trace in evaluation. Default: `trace`. */
  readonly evaluationTrace?: TraceEstimator;
  /** How many numbers `call.condition` [B, k] has for each example. Every block sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** How integers become real numbers. Default: 256 levels and a logit with alpha 1e-6. */
  readonly pixels?: PixelOptions;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * FFJORD for images of integers, [B, H, W, C]. Each scale but the last has blocks, a squeeze, and as many blocks again; then half
 * of the channels leave as latents. The last scale has blocks alone. A block is an act-norm and the solution of dz/dt = f(t, z) at
 * `time`, where f has 3x3 convolutions as concat-squash layers. `method`, `steps` and `gradient` are those of `continuousBlock`;
 * by default "rk4" makes 2 steps to the time 1.
 *
 * Differences from the published settings: a squeeze at the beginning, fewer and narrower blocks, steps of fixed length, a time
 * that is not learned, an act-norm in each block, a learned base, and a gate and a shift by the time in each layer, where the
 * published convolutions see the time as a further channel.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved.
 * @see Grathwohl et al. (2019), arXiv 1810.01367, section 4.2, and its published code
 */
export function imageFfjord(options: ImageFfjordOptions): Flow {
  const where = "imageFfjord";
  checkOptions(where, options, {
    inputShape: "required",
    random: "required",
    scales: "optional",
    blocks: "optional",
    firstScale: "optional",
    hidden: "optional",
    activation: "optional",
    time: "optional",
    method: "optional",
    steps: "optional",
    gradient: "optional",
    trace: "optional",
    evaluationTrace: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    base: "optional",
  });
  const { inputShape, random, scales = 2, blocks = 1, firstScale = "squeezed" } = options;
  const { hidden = [32, 32, 32], activation = "softplus", conditionFeatures = 0 } = options;
  const { time = 1, method = "rk4", steps = 2, gradient = "checkpointed" } = options;
  const { trace = hutchinsonTrace(), evaluationTrace = trace } = options;
  const { pixels = {}, base = "diagonalNormal" } = options;
  checkRandom(`${where}: random`, random);
  checkChoice(`${where}.firstScale`, firstScale, ["full-resolution", "squeezed"]);
  if (hidden.length === 0) fail(`${where}.hidden`, "at least one number of channels", hidden);
  hidden.forEach((width) => checkPositiveInteger(`${where}.hidden`, width));
  checkActivation(`${where}.activation`, activation);
  checkPixels(`${where}.pixels`, pixels);
  checkBase(`${where}.base`, base);
  checkShape(`${where}.inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${where}.inputShape`, "[H, W, C]", inputShape);
  checkPositiveInteger(`${where}.blocks`, blocks);
  checkPositiveInteger(`${where}.scales`, scales);
  const squeezes = scales - 1 + (firstScale === "squeezed" ? 1 : 0);
  const [height, columns] = inputShape as [number, number, number];
  if (height % 2 ** squeezes !== 0 || columns % 2 ** squeezes !== 0)
    fail(`${where}.scales`, `fewer, since ${height} x ${columns} cannot be halved ${squeezes} times`, scales);

  const equations = (shape: Shape, key: Random) =>
    Array.from({ length: blocks }, (_, block) => {
      const options = { hidden, activation, conditionFeatures, random: key.fold(block) };
      const dynamics = convDynamics({ inputShape: shape, ...options });
      return [
        actNorm({ inputShape: shape }),
        continuousBlock({ dynamics, time, method, steps, gradient, trace, evaluationTrace }),
      ];
    }).flat();
  const scale = (shape: Shape, index: number): Bijection[] => {
    const key = random.fold("scale").fold(index);
    const before = equations(shape, key.fold("before"));
    if (index === scales - 1) return before;
    const squeezed = halved(shape, 4);
    return [
      ...before,
      squeeze({ inputShape: shape }),
      ...equations(squeezed, key.fold("after")),
      factorOut({
        inputShape: squeezed,
        leaving: "second",
        inner: chain(scale(halved(shape, 2), index + 1)),
      }),
    ];
  };
  return freeingVariables(() => {
    const layers =
      firstScale === "squeezed"
        ? [squeeze({ inputShape }), ...scale(halved(inputShape, 4), 0)]
        : scale(inputShape, 0);
    const bijection = chain([...pixelLayers(inputShape, pixels), ...layers]);
    return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
  });
}

/** Half the height and width, and so many times the channels. */
function halved(shape: Shape, times: number): Shape {
  const [height, width, channels] = shape as [number, number, number];
  return [height / 2, width / 2, times * channels];
}
