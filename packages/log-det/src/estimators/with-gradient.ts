import { add, stopGradient, sub, withoutGradient } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import type { LogDetGradient } from "./log-det-gradient.ts";
import type { LogDetProblem } from "../problem.ts";

export interface WithGradientOptions {
  /** Evaluated off the tape: its memory is free again before the backward pass. */
  readonly value: LogDetEstimator;
  readonly gradient: LogDetGradient;
}

/**
 * The value of one estimator with the gradient of another: what is reported is `value`, bit for bit, with its kind and its
 * bias; what is differentiated is the surrogate of `gradient`, whose value appears nowhere. Both draw from the same key.
 *
 * @throws ArgumentError from `check` when either is not fit.
 */
export function withGradient({ value, gradient }: WithGradientOptions): LogDetEstimator {
  return Object.freeze({
    name: "withGradient",
    kind: value.kind,
    config: { name: "withGradient", value: value.config, gradient: gradient.config },
    bias: (bounds: ContractionBounds) => value.bias(bounds),
    check(bounds: ContractionBounds): void {
      value.check(bounds);
      gradient.check(bounds);
    },
    estimate(problem: LogDetProblem): Tensor {
      const reported = withoutGradient(() => value.estimate(problem));
      const { surrogate } = gradient.surrogate(problem);
      return add(reported, sub(surrogate, stopGradient(surrogate)));
    },
  });
}
