import { checkPositiveInteger, checkIntegerFrom } from "@invertible/errors";

/** How often a classifier was right, and what that says about how often it is. */
export interface Accuracy {
  /** The fraction of examples that were classified correctly. */
  readonly accuracy: number;
  /** The fraction of the others, 1 - accuracy. */
  readonly errorRate: number;
  /**
   * The 95 % interval of the accuracy on further examples of the same kind, [low, high]. It covers the draw of the test set, and not
   * that of the training set or of the initial weights. `[1 - high, 1 - low]` is the interval of the error rate.
   */
  readonly interval: readonly [low: number, high: number];
}

/** The 0.975 quantile of the standard normal distribution. */
const z = 1.959963984540054;

/**
 * Computes the accuracy of `correct` right answers of `count`, with the 95 % interval of Wilson: all p for which |accuracy - p| is at
 * most z sqrt(p (1 - p) / count). Unlike accuracy +- 1.96 standard errors, it stays within [0, 1] and holds where nearly all answers
 * are right.
 *
 * @throws ArgumentError unless both are integers with 0 <= correct <= count and count >= 1.
 * @see Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212
 */
export function meanAccuracy(correct: number, count: number): Accuracy {
  checkPositiveInteger("meanAccuracy count", count);
  checkIntegerFrom("meanAccuracy correct", correct, 0, count);
  const accuracy = correct / count;
  const shrink = 1 + z ** 2 / count;
  const center = (accuracy + z ** 2 / (2 * count)) / shrink;
  const spread = (z / shrink) * Math.sqrt((accuracy * (1 - accuracy)) / count + (z / (2 * count)) ** 2);
  // The ends are 0 and 1 there; rounding could pass them.
  const low = correct === 0 ? 0 : center - spread;
  const high = correct === count ? 1 : center + spread;
  return { accuracy, errorRate: (count - correct) / count, interval: [low, high] };
}
