import { fail, tidy, variable } from "@invertible/ops";
import type { LinearOperator, Random, Shape, Tensor, Variable } from "@invertible/ops";
import { improve, isDirect } from "./leading-vector.ts";
import { normalise } from "./normalise.ts";
import { checkConverged, operatorNorm } from "./operator-norm.ts";
import { powerIteration } from "./power-iteration.ts";
import { checkRefreshOptions } from "./refresh-options.ts";
import type { RefreshOptions } from "./refresh-options.ts";
import { linearNorm, softCap } from "./soft-cap.ts";
import { transpose } from "./transpose.ts";

/**
 * A linear layer whose operator norm is held at or below `coefficient` c: x -> A(W~) x with W~ = W / max(1, sigma/c).
 *
 * sigma = <u, A v> estimates the norm of A(W) from below, so what holds is |A(W~)| <= c |A|/sigma, where |A|/sigma >= 1
 * is the estimate's accuracy: below 1 + 2e-5 in every test after `refresh({ tolerance: 1e-6 })`, less good in the middle
 * of training with a few iterations per step. Refresh to a tolerance before relying on the bound.
 */
export interface CappedOperator {
  /** Without the batch axis. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** c */
  readonly coefficient: number;
  readonly parameters: { readonly weight: Variable };
  /**
   * `singularVector`, at the smaller end of the operator, where the next refresh starts; `normGradient` = d sigma / dW, from which
   * sigma = <normGradient, W> follows without a pass through the operator. Both saved, so that a
   * loaded layer computes the same numbers.
   */
  readonly state: { readonly singularVector: Variable; readonly normGradient: Variable };
  /** The operator with its capped weight, computed once, differentiable in W. Call it inside a `tidy`. */
  bind(): LinearOperator;
  /** sigma, a scalar. */
  norm(): Tensor;
  /**
   * Follows the weight after it has changed. `{ iterations }` reads nothing back; `{ tolerance }` continues until a round of
   * Lanczos no longer raises sigma by that, relatively.
   * @throws NotConvergedError when `maxIterations` (default 1000) is reached first; the best vectors are kept.
   */
  refresh(options: RefreshOptions): Promise<void>;
}

/** A family of operators A(W), linear in the weight W. */
export interface LinearFamily {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly coefficient: number;
  /** W at the start. */
  initialWeight(): Tensor;
  operator(weight: Tensor): LinearOperator;
  readonly measured: MeasuredFamily;
}

/** Operators of the same norm as a family's, if possible cheaper to apply; may be the family's own. */
export interface MeasuredFamily {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  operator(weight: Tensor): LinearOperator;
  /** d<u, A(W) v>/dW; u [1, ...outputShape], v [1, ...inputShape]. */
  normGradient(u: Tensor, v: Tensor, weight: Tensor): Tensor;
}

/** Rounds at construction, where nothing can be read: together they reach 1e-5 or better on 3x3 convolutions. */
const startRounds = [24, 24];

/** Holds the norm of a family's operator at `coefficient`. Converged when it returns. */
export function cappedOperator(family: LinearFamily, random: Random): CappedOperator {
  const { name, coefficient, inputShape, outputShape } = family;
  if (!(coefficient > 0 && Number.isFinite(coefficient)))
    fail(`${name}: coefficient`, "a positive number", coefficient);
  const weight = tidy(() => variable(family.initialWeight()));

  const measured = fromSmallerEnd(family.measured);
  const state = tidy(() => {
    const operator = measured.operator(weight);
    let v = normalise(random.normal([1, ...measured.inputShape]));
    for (const size of isDirect(v.size) ? [1] : startRounds) v = improve(operator, v, size);
    return {
      singularVector: variable(v),
      normGradient: variable(measured.normGradient(normalise(operator.apply(v)), v, weight)),
    };
  });
  const assign = (u: Tensor, v: Tensor) => {
    state.singularVector.assign(v);
    state.normGradient.assign(measured.normGradient(u, v, weight));
  };

  return Object.freeze({
    inputShape,
    outputShape,
    coefficient,
    parameters: { weight },
    state,
    bind: () => family.operator(softCap(weight, state.normGradient, coefficient)),
    norm: () => tidy(() => linearNorm(weight, state.normGradient)),
    async refresh(options: RefreshOptions): Promise<void> {
      checkRefreshOptions(options);
      if (options.iterations !== undefined) {
        const { iterations } = options;
        tidy(() => {
          const { u, v } = powerIteration(measured.operator(weight), state.singularVector, iterations);
          assign(u, v);
        });
        return;
      }
      const operator = builtAtEachUse(measured, weight);
      const result = await operatorNorm(operator, state.singularVector, options);
      tidy(() => assign(normalise(operator.apply(result.v)), result.v));
      result.v.dispose();
      checkConverged(`${name}.refresh`, result, options.tolerance);
    },
  });
}

/** A and A' have the same norm. Iterating at the smaller end keeps the saved vector, and Lanczos's basis, small. */
function fromSmallerEnd(family: MeasuredFamily): MeasuredFamily {
  const { inputShape, outputShape } = family;
  if (size(inputShape) <= size(outputShape)) return family;
  return {
    inputShape: outputShape,
    outputShape: inputShape,
    operator: (weight) => transpose(family.operator(weight)),
    normGradient: (u, v, weight) => family.normGradient(v, u, weight),
  };
}

/** Survives an `await`: nothing derived from the weight is kept between uses. */
function builtAtEachUse(
  { inputShape, outputShape, operator }: MeasuredFamily,
  weight: Tensor,
): LinearOperator {
  return {
    inputShape,
    outputShape,
    apply: (x) => tidy(() => operator(weight).apply(x)),
    adjoint: (y) => tidy(() => operator(weight).adjoint(y)),
  };
}

function size(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}
