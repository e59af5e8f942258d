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
  /**
   * The part of a bin, on each side, that noise never reaches. In [0, 0.5); default 0. With a margin m > 0, every integer comes
   * back exactly as long as the layers behind change y by less than m / bins. It costs log2(1 / (1 - 2 m)) bits per dimension:
   * 0.029 for m = 0.01.
   */
  readonly margin?: number;
}

/**
 * Adds noise to integers, such as pixels, so that a continuous density can model them: y = (x + u) / bins, where u is uniform
 * on [m, 1 - m) and drawn from `call.random`. The margin m is 0 unless it is given. logDet = -D ln(bins) + D ln(1 - 2 m) nats,
 * where D is the number of elements.
 *
 * x [B, ...inputShape] holds integers 0..bins-1 as floats, and y lies in [0, 1). `initialise`, training and evaluation check x;
 * `forward` alone cannot read numbers.
 *
 * Log-likelihoods become a lower bound on those of the integers. By Jensen's inequality,
 * ln P(x) >= E_u [ln p(x + u) - ln q(u)] for noise of any density q on the bin. The first term of logDet is ln|dy/dx|, and
 * the second is -ln q(u). A margin makes the bound worse by at least the second term.
 *
 * The inverse is floor(bins * y), clipped to 0..bins-1, and returns the integers exactly. It undoes the forward direction, but
 * not the other way round. It declares minus the log-det of the forward direction.
 *
 * A numerical inverse of the layers behind changes y a little. Without a margin, a few of many integers then come back as their
 * neighbour, because their noise put them next to the edge of a bin.
 *
 * Each u is always kept away from the ends of its bin by a few float32 roundings, since a number such as 200 + 0.9999999 would
 * round into the next bin. For 256 bins only the upper end is affected, by 2^-15 of a bin.
 *
 * @throws ArgumentError unless bins is an integer in 2..65536 and margin lies in [0, 0.5); from `initialise` for numbers other
 * than 0..bins-1.
 * @see Theis, van den Oord, Bethge (2016), arXiv 1511.01844, section 3.1, for noise without a margin
 * @see Ho et al. (2019), arXiv 1902.00275, section 3.1, for noise of another density
 */
export function uniformDequantisation(options: UniformDequantisationOptions): Bijection {
  checkOptions("uniformDequantisation", options, {
    inputShape: "required",
    bins: "optional",
    margin: "optional",
  });
  const { inputShape, bins = 256, margin = 0 } = options;
  checkShape("uniformDequantisation.inputShape", inputShape);
  checkPositiveInteger("uniformDequantisation.bins", bins);
  if (bins < 2 || bins > 65536) fail("uniformDequantisation.bins", "an integer in 2..65536", bins);
  if (!(Number.isFinite(margin) && margin >= 0 && margin < 0.5))
    fail("uniformDequantisation.margin", "a number in [0, 0.5)", margin);
  const logDet = sizeOf(inputShape) * (Math.log1p(-2 * margin) - Math.log(bins));
  const bits = Math.ceil(Math.log2(bins));
  // Two spacings of float32 just below `bins`. Division by a power of two is exact, so the lower end needs no such distance.
  const spacing = 2 ** (bits - 23);
  const lowest = bins === 2 ** bits ? 0 : spacing;
  return defineBijection({
    name: "uniformDequantisation",
    inputShape,
    outputShape: inputShape,
    traits: { likelihood: "lower-bound", levels: bins },
    config: { inputShape: [...inputShape], bins, ...(margin > 0 && { margin }) },
    forward(x, { random }) {
      const u = clipByValue(random.uniform(x.shape, margin, 1 - margin), lowest, 1 - spacing);
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
    return uniformDequantisation({
      inputShape: read.shape("inputShape"),
      bins: read.number("bins"),
      // Models that were saved without a margin do not name it.
      margin: Object.hasOwn(config, "margin") ? read.number("margin") : 0,
    });
  },
};
