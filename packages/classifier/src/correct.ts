import {
  all,
  any,
  argMax,
  cast,
  equal,
  greater,
  isFiniteElementwise,
  logicalAnd,
  withoutGradient,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { checkTarget } from "./check-target.ts";

/**
 * Says of each example whether its largest logit belongs to its class, 1 or 0, [B]. It is 0 for a row of zeros, which has no label,
 * and for logits that are NaN or infinite. Of equal logits, the first counts as the largest. A constant to every gradient.
 *
 * @param logits [B, classes]
 * @param target [B, classes], one-hot rows or zeros; of probabilities, the largest is the class
 * @throws ShapeError where the shapes differ or are not [B, classes].
 */
export function correct(logits: Tensor, target: Tensor): Tensor {
  checkTarget("correct", logits, target);
  return withoutGradient(() => {
    const valid = logicalAnd(all(isFiniteElementwise(logits), 1), hasLabel(target));
    return cast(logicalAnd(equal(argMax(logits), argMax(target)), valid), "float32");
  });
}

/**
 * Says of each example whether it has a label, 1 or 0, [B]: whether its row is not all zeros.
 *
 * @param target [B, classes]
 */
export function labelled(target: Tensor): Tensor {
  checkTarget("labelled", target, target, "target");
  return withoutGradient(() => cast(hasLabel(target), "float32"));
}

function hasLabel(target: Tensor): Tensor {
  return any(greater(target, 0), 1);
}
