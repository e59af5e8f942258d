import { readConfig } from "@invertible/bijection";
import { checkPositiveInteger, fail } from "@invertible/errors";
import { activation, activationNames, checkActivation, mul, prefixed, zeros } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import type { Conditioner, ConditionerBuilder, ConditionerType } from "./conditioner.ts";
import { named } from "./names.ts";
import { scaledConv } from "./scaled-conv.ts";
import type { ScaledConv } from "./scaled-conv.ts";

export interface ConvConditionerOptions {
  /** Channels of both hidden layers. Glow uses 512. */
  readonly width: number;
  /** For initial kernels. */
  readonly random: Random;
  /** After both hidden act-norms; some double their channels. Default "relu", as Glow. */
  readonly activation?: ActivationName;
}

/** Glow: initial kernels are N(0, 0.05^2). */
const kernelDeviation = 0.05;

/**
 * Glow's network for images: 3x3 convolution, act-norm, activation; 1x1 convolution, act-norm, activation; 3x3
 * convolution that starts at zero, times exp(3 s).  [B, H, W, C] -> [B, H, W, outputs].
 *
 * The 3x3 convolutions see an extra channel that marks the zero padding. The act-norms start from data: see the coupling's
 * `initialise`. A hidden channel that does not vary is left small instead of being scaled up.
 *
 * @throws ArgumentError for a width that is no positive integer; from the coupling, for inputs that are no images.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, and its published code
 */
export function convConditioner(options: ConvConditionerOptions): ConditionerBuilder {
  const { width, random, activation: name = "relu" } = options;
  checkPositiveInteger("convConditioner.width", width);
  checkActivation("convConditioner.activation", name);
  return ({ inputShape, outputShape }) => {
    const [height, columns] = imageShape("convConditioner", inputShape);
    const normal = (layer: number) => (part: string, shape: number[]) =>
      mul(random.fold(`${layer}.${part}`).normal(shape), kernelDeviation);
    const [afterFirst, afterSecond] = [activation(name), activation(name)];
    const hidden = width * afterFirst.expansion;
    const hiddenShape = [height, columns, hidden];
    const convs = [
      scaledConv(inputShape, { kernelSize: 3, outputs: width, initial: normal(0) }),
      scaledConv(hiddenShape, { kernelSize: 1, outputs: width, initial: normal(1) }),
      zeroConv(hiddenShape, outputShape),
    ] as const;
    const [first, second, last] = convs;
    return {
      name: "convConditioner",
      parameters: {
        ...named(convs.map(({ parameters }) => parameters)),
        ...named([afterFirst, afterSecond].map(({ parameters }) => prefixed("activation", parameters))),
      },
      config: { width, activation: name },
      value: (x) => last.apply(afterSecond.value(second.apply(afterFirst.value(first.apply(x))))),
      initialise(x) {
        first.normalise(x);
        second.normalise(afterFirst.value(first.apply(x)));
      },
    } satisfies Conditioner;
  };
}

/**
 * One 3x3 convolution that starts at zero, times exp(3 s), as Glow's split prior uses: [B, H, W, C] -> [B, H, W, outputs].
 *
 * @throws ArgumentError from the coupling, for inputs that are no images.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039: `split2d_prior` in its published code
 */
export function zeroConvConditioner(): ConditionerBuilder {
  return ({ inputShape, outputShape }) => {
    imageShape("zeroConvConditioner", inputShape);
    const conv = zeroConv(inputShape, outputShape);
    return {
      name: "zeroConvConditioner",
      parameters: named([conv.parameters]),
      config: {},
      value: (x) => conv.apply(x),
    } satisfies Conditioner;
  };
}

function zeroConv(inputShape: Shape, outputShape: Shape): ScaledConv {
  return scaledConv(inputShape, {
    kernelSize: 3,
    outputs: outputShape.at(-1)!,
    initial: (_, shape) => zeros(shape),
  });
}

function imageShape(where: string, shape: Shape): readonly [number, number, number] {
  if (shape.length !== 3) fail(where, "a coupling of images [H, W, C]", shape);
  return shape as readonly [number, number, number] & Shape;
}

export const convConditionerType: ConditionerType = {
  conditioner: "convConditioner",
  build(config, { random }) {
    const read = readConfig("convConditioner", config);
    const activation = read.choice("activation", activationNames);
    return convConditioner({ width: read.number("width"), activation, random });
  },
};

export const zeroConvConditionerType: ConditionerType = {
  conditioner: "zeroConvConditioner",
  build: () => zeroConvConditioner(),
};
