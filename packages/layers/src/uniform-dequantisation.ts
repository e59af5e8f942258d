import { checkLevels, defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { add, clipByValue, div, floor, mul, roundUp, sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { perExample } from "./per-example.ts";

export interface UniformDequantisationOptions {
  readonly inputShape: Shape;
  /** Number of levels; 256 (default) for bytes. At most 65536, where float32 leaves 8 bits for the noise. */
  readonly bins?: number;
}

/**
 * Turns integers into densities: y = (x + u) / bins with u uniform on [0, 1) from `call.random`;
 * log|det| = -D ln(bins) nats.
 *
 * x [B, ...inputShape] holds integers 0..bins-1 as floats, y lies in [0, 1). `initialise` checks them, and so do training and
 * evaluation; `forward` alone cannot look at numbers. Log-likelihoods become a lower bound on
 * those of the integers (Jensen). The inverse floor(bins * y), clipped to 0..bins-1, returns the integers exactly; it is
 * a one-sided inverse, and its declared log-det D ln(bins) is that of the scaling.
 *
 * Each u is kept clear of both ends of its bin by a few float32 roundings (for 256 bins: of the upper end, by 2^-15
 * of a bin), or a number such as 200 + 0.9999999 would round into the next bin.
 *
 * @throws ArgumentError unless bins is an integer in 2..65536; from `initialise` for other numbers than 0..bins-1.
 * @see Theis, van den Oord, Bethge (2016), arXiv 1511.01844, section 3.1
 */
export function uniformDequantisation({ inputShape, bins = 256 }: UniformDequantisationOptions): Bijection {
  checkShape("uniformDequantisation.inputShape", inputShape);
  checkPositiveInteger("uniformDequantisation.bins", bins);
  if (bins < 2 || bins > 65536) fail("uniformDequantisation.bins", "an integer in 2..65536", bins);
  const logDet = -sizeOf(inputShape) * Math.log(bins);
  const bits = Math.ceil(Math.log2(bins));
  // Two spacings of float32 just below `bins`. Dividing by a power of two is exact: its lower end needs no margin.
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
    // For one key, forward is a shift and a scaling; rounding down jumps.
    lipschitz: knownBounds(() => ({ forward: roundUp(1 / bins), inverse: Infinity })),
  });
}

export const uniformDequantisationType: LayerType = {
  layer: "uniformDequantisation",
  build(config) {
    const read = readConfig("uniformDequantisation", config);
    return uniformDequantisation({ inputShape: read.shape("inputShape"), bins: read.number("bins") });
  },
};
