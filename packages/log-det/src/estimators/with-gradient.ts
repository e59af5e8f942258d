import { checkOptions } from "@invertible/errors";
import { add, stopGradient, sub, withoutGradient } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import type { LogDetGradient } from "./log-det-gradient.ts";
import type { LogDetProblem } from "../problem.ts";

/** Options of `withGradient`. */
export interface WithGradientOptions {
  /**
   * The estimator whose value is reported. It is evaluated without recording, so its memory is free again before the backward
   * pass.
   */
  readonly value: LogDetEstimator;
  /** The estimator of the gradient. */
  readonly gradient: LogDetGradient;
}

/**
 * Combines the value of one estimator with the gradient of another. The reported value is that of `value`, bit for bit, with
 * its kind and its bias. The gradient is that of the surrogate of `gradient`, whose own value appears nowhere. Both draw from
 * the same key.
 *
 * @throws ArgumentError from `check` where either does not fit the problem.
 */
export function withGradient(options: WithGradientOptions): LogDetEstimator {
  checkOptions("withGradient", options, { value: "required", gradient: "required" });
  const { value, gradient } = options;
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
