import { defineBijection, readConfig } from "@invertible/bijection";
import type { Bijection, Call, LayerCall, LayerType } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { batchNorm } from "@invertible/layers";
import { add, checkRandom, conv2d, createRandom, newVariable, prefixed, relu } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import { kaimingUniform } from "@invertible/spectral-norm";

/** Options of `residualUnit`. */
export interface ResidualUnitOptions {
  /** [H, W, channels] of its input. */
  readonly inputShape: Shape;
  /** Channels of its output. */
  readonly channels: number;
  /** With 2, height and width are halved. Default 1. */
  readonly stride?: 1 | 2;
  /**
   * Whether a norm and an activation stand before the first convolution. Default true. The first unit of a network goes without, so that it
   * sees the whole image.
   */
  readonly preactivation?: boolean;
  /** Key for initial weights. */
  readonly random: Random;
}

/**
 * The basic unit of an ordinary residual network with preactivation: with h = relu(norm(x)), or h = x without preactivation,
 *
 *     y = s(x) + W_2 relu(norm(W_1 h)),
 *
 * where W_1 and W_2 are 3x3 convolutions, W_1 with the stride. The shortcut s is the identity, or a 1x1 convolution of h with the stride
 * where the shape changes. The norms are batch norms. It throws information away, so it has neither an inverse nor a log-det.
 *
 * @throws ArgumentError for sizes below 1, and for a stride of 2 on an odd height or width.
 * @see He, Zhang, Ren, Sun (2016), arXiv:1603.05027
 */
export function residualUnit(options: ResidualUnitOptions): Bijection {
  const name = "residualUnit";
  checkOptions(name, options, {
    inputShape: "required",
    channels: "required",
    stride: "optional",
    preactivation: "optional",
    random: "required",
  });
  const { inputShape, channels, stride = 1, preactivation = true, random } = options;
  checkShape(`${name}.inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${name}.inputShape`, "[H, W, channels]", inputShape);
  checkPositiveInteger(`${name}.channels`, channels);
  const [height, width, inputs] = inputShape as [number, number, number];
  if ((stride !== 1 && stride !== 2) || height % stride !== 0 || width % stride !== 0)
    fail(`${name}.stride`, "1, or 2 where height and width are even", stride);
  checkRandom(`${name}.random`, random);
  const outputShape = [height / stride, width / stride, channels];
  const kernel = (key: string, shape: [number, number, number, number]) =>
    newVariable(shape, () => kaimingUniform(random.fold(key), shape, shape[0] * shape[1] * shape[2]));
  const firstNorm = preactivation ? batchNorm({ inputShape }) : undefined;
  const secondNorm = batchNorm({ inputShape: outputShape });
  const first = kernel("first", [3, 3, inputs, channels]);
  const second = kernel("second", [3, 3, channels, channels]);
  const changes = stride !== 1 || channels !== inputs;
  const shortcut = changes ? kernel("shortcut", [1, 1, inputs, channels]) : undefined;
  const normalised = (norm: Bijection, x: Tensor, call: Call) => relu(norm.forward(x, call));

  return defineBijection({
    name,
    inputShape,
    outputShape,
    traits: { logDet: "none", inverse: "none", trainingMap: "batch-statistics" },
    parameters: {
      first,
      second,
      ...(shortcut && { shortcut }),
      ...(firstNorm && prefixed("firstNorm", firstNorm.parameters)),
      ...prefixed("secondNorm", secondNorm.parameters),
    },
    state: {
      ...(firstNorm && prefixed("firstNorm", firstNorm.state)),
      ...prefixed("secondNorm", secondNorm.state),
    },
    config: { inputShape: [...inputShape], channels, stride, preactivation },
    forward(x, { training, stateUpdates }: LayerCall) {
      const call = { training, ...(stateUpdates && { stateUpdates }) };
      const h = firstNorm ? normalised(firstNorm, x, call) : x;
      const hidden = conv2d(first, { inputShape, stride }).apply(h);
      const change = conv2d(second, { inputShape: outputShape, stride: 1 }).apply(
        normalised(secondNorm, hidden, call),
      );
      const passed = shortcut ? conv2d(shortcut, { inputShape, stride }).apply(h) : x;
      return { y: add(passed, change) };
    },
  });
}

/** Rebuilds a `residualUnit` from its configuration. */
export const residualUnitType: LayerType = {
  layer: "residualUnit",
  build(config) {
    const read = readConfig("residualUnit", config);
    return residualUnit({
      inputShape: read.shape("inputShape"),
      channels: read.number("channels"),
      stride: read.number("stride") as 1 | 2,
      preactivation: read.boolean("preactivation"),
      random: createRandom(1),
    });
  },
};
