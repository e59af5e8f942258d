import { logSoftmax, mul, neg, sum, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { checkTarget, floats } from "./check-target.ts";

/**
 * The cross-entropy of each example, -sum_k target_k log softmax(logits)_k, [B] in nats. For a one-hot row it is minus the
 * log-probability of that class. A row of zeros stands for an example without a label and gives 0, so divide a sum by the number of
 * labels to obtain their mean.
 *
 * It is stable for large logits, and right at any order of differentiation. With probabilities p, the gradient with respect to the logits is
 * p - target for a row whose sum is 1.
 *
 * @param logits [B, classes], finite
 * @param target [B, classes], one-hot rows, rows of probabilities, or zeros
 * @throws ShapeError where the shapes differ or are not [B, classes].
 */
export function crossEntropy(logits: Tensor, target: Tensor): Tensor {
  checkTarget("crossEntropy", logits, target);
  return tidy(() => sum(mul(neg(logSoftmax(logits)), floats(target)), 1));
}
