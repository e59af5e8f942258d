import { readConfig } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import {
  activation,
  activationNames,
  checkActivation,
  checkRandom,
  dispose,
  mul,
  prefixed,
  tidy,
  zeros,
} from "@invertible/ops";
import type { ActivationName, Random, Shape, Tensor } from "@invertible/ops";
import type { Conditioner, ConditionerBuilder, ConditionerType } from "./conditioner.ts";
import { named } from "./names.ts";
import { scaledConv } from "./scaled-conv.ts";
import type { ScaledConv } from "./scaled-conv.ts";

/** Options of `convConditioner`. */
export interface ConvConditionerOptions {
  /** Number of channels in both hidden layers. Glow uses 512. */
  readonly width: number;
  /** Key for initial kernels. */
  readonly random: Random;
  /**
   * Activation after both hidden act-norms. An activation to pairs, such as "cLipSwish", doubles the channels. Default "relu",
   * as in Glow.
   */
  readonly activation?: ActivationName;
}

/** Standard deviation of initial kernels, as in Glow. */
const kernelDeviation = 0.05;

/**
 * Glow's network for images, [B, H, W, C] -> [B, H, W, outputs]. It consists of a 3x3 convolution, act-norm and activation; a
 * 1x1 convolution, act-norm and activation; and a 3x3 convolution that starts at zero and is multiplied by exp(3 s).
 *
 * The 3x3 convolutions see an extra channel that marks the zero padding. The act-norms start from data when the coupling is
 * initialised. A hidden channel that does not vary is left small instead of being scaled up.
 *
 * @throws ArgumentError for a width that is not a positive integer. The coupling throws one for inputs that are not images.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, and its published code
 */
export function convConditioner(options: ConvConditionerOptions): ConditionerBuilder {
  checkOptions("convConditioner", options, { width: "required", random: "required", activation: "optional" });
  const { width, random, activation: name = "relu" } = options;
  checkRandom("convConditioner: random", random);
  checkPositiveInteger("convConditioner.width", width);
  checkActivation("convConditioner.activation", name);
  return ({ inputShape, outputShape }) => {
    const [height, columns, inputs] = imageShape("convConditioner", inputShape);
    const normal = (key: string, shape: number[]) =>
      tidy(() => mul(random.fold(key).normal(shape), kernelDeviation));
    const [afterFirst, afterSecond] = [activation(name), activation(name)];
    const hidden = width * afterFirst.expansion;
    const hiddenShape = [height, columns, hidden];
    const convs = [
      convWith(
        inputShape,
        normal("0.kernel", [3, 3, inputs, width]),
        normal("0.edgeKernel", [3, 3, 1, width]),
      ),
      convWith(hiddenShape, normal("1.kernel", [1, 1, hidden, width]), undefined),
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
 * A single 3x3 convolution that starts at zero and is multiplied by exp(3 s), [B, H, W, C] -> [B, H, W, outputs]. Glow's split
 * prior uses it.
 *
 * @throws ArgumentError from the coupling, for inputs that are not images.
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
  const [inputs, outputs] = [inputShape.at(-1)!, outputShape.at(-1)!];
  return convWith(inputShape, zeros([3, 3, inputs, outputs]), zeros([3, 3, 1, outputs]));
}

function convWith(inputShape: Shape, kernel: Tensor, edge: Tensor | undefined): ScaledConv {
  try {
    return scaledConv(inputShape, { kernel, edge });
  } finally {
    dispose([kernel, ...(edge ? [edge] : [])]);
  }
}

function imageShape(where: string, shape: Shape): readonly [number, number, number] {
  if (shape.length !== 3) fail(where, "a coupling of images [H, W, C]", shape);
  return shape as readonly [number, number, number] & Shape;
}

/** Rebuilds a `convConditioner` from its configuration. */
export const convConditionerType: ConditionerType = {
  conditioner: "convConditioner",
  build(config, { random }) {
    const read = readConfig("convConditioner", config);
    const activation = read.choice("activation", activationNames);
    return convConditioner({ width: read.number("width"), activation, random });
  },
};

/** Rebuilds a `zeroConvConditioner` from its configuration. */
export const zeroConvConditionerType: ConditionerType = {
  conditioner: "zeroConvConditioner",
  build: () => zeroConvConditioner(),
};
