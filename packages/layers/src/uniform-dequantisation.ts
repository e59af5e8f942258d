import { checkLevels, defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { add, clipByValue, div, floor, mul, perExample, roundUp, sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** Options of `uniformDequantisation`. */
export interface UniformDequantisationOptions {
  /** Shape of one example. */
  readonly inputShape: Shape;
  /** Number of levels, 2 to 65536. Default 256, for bytes. With 65536, float32 leaves 8 bits for the noise. */
  readonly bins?: number;
}

/**
 * Adds noise to integers, such as pixels, so that a continuous density can model them: y = (x + u) / bins, where u is uniform
 * on [0, 1) and drawn from `call.random`. log|det| = -D ln(bins) nats, where D is the number of elements.
 *
 * x [B, ...inputShape] holds integers 0..bins-1 as floats, and y lies in [0, 1). `initialise`, training and evaluation check x;
 * `forward` alone cannot read numbers. Log-likelihoods become a lower bound on those of the integers, by Jensen's inequality.
 *
 * The inverse is floor(bins * y), clipped to 0..bins-1, and returns the integers exactly. It undoes the forward direction, but
 * not the other way round. Its declared log-det D ln(bins) is that of the scaling.
 *
 * Each u is kept away from the ends of its bin by a few float32 roundings, since a number such as 200 + 0.9999999 would round
 * into the next bin. For 256 bins only the upper end is affected, by 2^-15 of a bin.
 *
 * @throws ArgumentError unless bins is an integer in 2..65536; from `initialise` for numbers other than 0..bins-1.
 * @see Theis, van den Oord, Bethge (2016), arXiv 1511.01844, section 3.1
 */
export function uniformDequantisation(options: UniformDequantisationOptions): Bijection {
  checkOptions("uniformDequantisation", options, { inputShape: "required", bins: "optional" });
  const { inputShape, bins = 256 } = options;
  checkShape("uniformDequantisation.inputShape", inputShape);
  checkPositiveInteger("uniformDequantisation.bins", bins);
  if (bins < 2 || bins > 65536) fail("uniformDequantisation.bins", "an integer in 2..65536", bins);
  const logDet = -sizeOf(inputShape) * Math.log(bins);
  const bits = Math.ceil(Math.log2(bins));
  // Two spacings of float32 just below `bins`. Division by a power of two is exact, so its lower end needs no margin.
  const margin = 2 ** (bits - 23);
  const lowest = bins === 2 ** bits ? 0 : margin;
  return defineBijection({
    name: "uniformDequantisation",
    inputShape,
    outputShape: inputShape,
    traits: { likelihood: "lower-bound", levels: bins },
    config: { inputShape: [...inputShape], bins },
    forward(x, { random }) {
      const u = clipByValue(random.uniform(x.shape), lowest, 1 - margin);
      return { y: div(add(x, u), bins), logDet: () => perExample(x, logDet) };
    },
    inverse(y) {
      return { x: clipByValue(floor(mul(y, bins)), 0, bins - 1), logDet: () => perExample(y, -logDet) };
    },
    starter: {
      async start(x, { where }) {
        checkLevels(`${where} x`, await x.data(), bins, sizeOf(inputShape));
      },
    },
    // For one key, the forward direction is a shift and a scaling. The inverse rounds down, which jumps.
    lipschitz: knownBounds(() => ({ forward: roundUp(1 / bins), inverse: Infinity })),
  });
}

/** Rebuilds a `uniformDequantisation` from its configuration. */
export const uniformDequantisationType: LayerType = {
  layer: "uniformDequantisation",
  build(config) {
    const read = readConfig("uniformDequantisation", config);
    return uniformDequantisation({ inputShape: read.shape("inputShape"), bins: read.number("bins") });
  },
};
