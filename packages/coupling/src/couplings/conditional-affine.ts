import { defineBijection, readCondition, readConfig } from "@invertible/bijection";
import type { Bijection, LayerCall, LayerType } from "@invertible/bijection";
import { checkBetween, checkOptions, checkPositiveInteger, checkShape } from "@invertible/errors";
import {
  add,
  div,
  matMul,
  mul,
  neg,
  newVariables,
  reshape,
  sizeOf,
  slice,
  sub,
  zeros,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { affineScale } from "./affine-scale.ts";

/** Options of `conditionalAffine`. */
export interface ConditionalAffineOptions {
  /** Shape of one example. The last axis has the channels. */
  readonly inputShape: Shape;
  /** The number k >= 1 of values per example in `call.condition` [B, k]. */
  readonly conditionFeatures: number;
  /** The largest |ln scale|. Default 10. */
  readonly logScaleBound?: number;
}

/**
 * Standardises each channel by a mean and a scale that are linear in the condition c:
 *
 *     y = (x - mean(c)) / scale(c),   (mean, logScale) = c W + b,   log|det| = -positions * sum over channels of ln scale(c),
 *
 * where ln scale = B tanh(logScale / B) with B = `logScaleBound`. x, y: [B, ...inputShape]; the positions are all axes but the
 * last. W and b start at zero, so the layer starts as the identity.
 *
 * As the last layer before a standard normal base, it gives the latents of every class a normal density of their own, where c is the
 * class as a one-hot vector: the class-conditional prior of Glow, and the mixture of FlowGMM.
 *
 * @throws ArgumentError for fewer than one condition feature, or a bound that is not positive.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, published code; Izmailov, Kirichenko, Finzi, Wilson (2020), arXiv 1912.13025
 */
export function conditionalAffine(options: ConditionalAffineOptions): Bijection {
  const name = "conditionalAffine";
  checkOptions(name, options, {
    inputShape: "required",
    conditionFeatures: "required",
    logScaleBound: "optional",
  });
  const { inputShape, conditionFeatures, logScaleBound = 10 } = options;
  checkShape(`${name}.inputShape`, inputShape);
  checkPositiveInteger(`${name}.conditionFeatures`, conditionFeatures);
  checkBetween(`${name}.logScaleBound`, logScaleBound, 0, Infinity);
  const channels = inputShape.at(-1)!;
  const positions = sizeOf(inputShape.slice(0, -1));
  const scale = affineScale(name, { scale: "exp", logScaleBound });
  const shapes = { weight: [conditionFeatures, 2 * channels], bias: [2 * channels] };
  const { weight, bias } = newVariables(shapes, () => ({
    weight: zeros(shapes.weight),
    bias: zeros(shapes.bias),
  }));
  const read = (x: Tensor, call: LayerCall) => {
    const numbers = add(matMul(readCondition(call, x, [conditionFeatures]), weight), bias);
    const batch = x.shape[0]!;
    const part = (i: number) => slice(numbers, [0, i * channels], [batch, channels]);
    const overPositions = (t: Tensor) =>
      reshape(t, [batch, ...inputShape.slice(0, -1).map(() => 1), channels]);
    const { value, sumOfLogs } = scale.of(neg(part(1)));
    return {
      mean: overPositions(part(0)),
      inverseScale: overPositions(value),
      logDet: () => mul(sumOfLogs(), positions),
    };
  };
  return defineBijection({
    name,
    inputShape,
    outputShape: inputShape,
    parameters: { weight, bias },
    config: { inputShape: [...inputShape], conditionFeatures, logScaleBound },
    forward(x, call) {
      const { mean, inverseScale, logDet } = read(x, call);
      return { y: mul(sub(x, mean), inverseScale), logDet };
    },
    inverse(y, call) {
      const { mean, inverseScale, logDet } = read(y, call);
      return { x: add(div(y, inverseScale), mean), logDet: () => neg(logDet()) };
    },
  });
}

/** Rebuilds a `conditionalAffine` from its configuration. */
export const conditionalAffineType: LayerType = {
  layer: "conditionalAffine",
  build(config) {
    const read = readConfig("conditionalAffine", config);
    return conditionalAffine({
      inputShape: read.shape("inputShape"),
      conditionFeatures: read.number("conditionFeatures"),
      logScaleBound: read.number("logScaleBound"),
    });
  },
};
