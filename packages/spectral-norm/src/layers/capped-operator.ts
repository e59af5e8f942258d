import type { RefreshOptions } from "@invertible/bijection";
import type { Norms, VectorNorm } from "@invertible/certificates";
import { NotCertifiedError, all, dispose, equal, mul, tidy, variable } from "@invertible/ops";
import type { LinearOperator, NamedVariables, Random, Shape, Tensor, Variable } from "@invertible/ops";
import { certifyNorm } from "../certify-norm.ts";
import { checkCoefficient, checkNorms } from "./checks.ts";
import { chooseNormSearch } from "../estimates/choose-norm-search.ts";
import type { LipschitzOperator } from "../lipschitz-operator.ts";
import type { MeasuredFamily } from "../estimates/measured-family.ts";
import type { Found } from "../estimates/norm-search.ts";
import { checkConverged } from "../estimates/operator-norm.ts";
import { checkRefreshOptions } from "./refresh-options.ts";
import { linearNorm } from "../estimates/linear-norm.ts";
import { capRounding, softCap } from "./soft-cap.ts";

/**
 * A linear layer whose operator norm is held at or below `coefficient` c: x -> A(W~) x with W~ = W / max(1, sigma/c).
 *
 * sigma = <u, A v> estimates the norm of A(W) from below, so what holds is |A(W~)| <= c |A|/sigma, where |A|/sigma >= 1
 * is the estimate's accuracy: below 1 + 2e-5 in every test after `refresh({ tolerance: 1e-6 })`, less good in the middle
 * of training with a few iterations per step. Refresh to a tolerance before relying on the estimate; `enforce` before
 * relying on a proof.
 *
 * From l_1, and to l_infinity, sigma is exact at every refresh, by the closed form. Between other norms than 2 it is the best local
 * maximum of 10 starts, with no statement on how far the global one is.
 */
export interface CappedOperator extends LipschitzOperator {
  readonly parameters: { readonly weight: Variable };
  /**
   * `normGradient` = d sigma / dW, from which sigma = <normGradient, W> follows without a pass through the operator; and, except
   * for closed forms, `singularVector`, at the smaller end of the operator, where the next refresh starts. Saved, so that
   * a loaded layer computes the same numbers.
   */
  readonly state: NamedVariables & { readonly normGradient: Variable };
  /** sigma, a scalar. */
  norm(): Tensor;
  /**
   * Follows the weight after it has changed. `{ iterations }` reads nothing back; `{ tolerance }` continues until a round
   * no longer raises sigma by that, relatively.
   * @throws NotConvergedError when `maxIterations` (default 1000) is reached first; the best vectors are kept.
   */
  refresh(options: RefreshOptions): Promise<void>;
  /**
   * Scales the weight so that its own certificate is below c. The soft cap is then inactive: `bind()` returns the operator
   * of the very weight, on every backend the one that was certified.
   * @throws NotCertifiedError where that fails; the weight is then as it was. NonFiniteError for weights that are not finite.
   *   UnsupportedError for a family of unknown structure.
   */
  enforce(): Promise<void>;
}

/** A family of operators A(W), linear in the weight W. */
export interface LinearFamily {
  readonly name: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly coefficient: number;
  /** Default 2. */
  readonly domain?: VectorNorm;
  readonly codomain?: VectorNorm;
  /** W at the start. */
  initialWeight(): Tensor;
  operator(weight: Tensor): LinearOperator;
  /** Operators of the same norm as the family's, if possible cheaper to apply; may be the family itself. */
  readonly measured: MeasuredFamily;
}

/** Holds the norm of a family's operator at `coefficient`. Converged when it returns. */
export function cappedOperator(family: LinearFamily, random: Random): CappedOperator {
  const { name, coefficient, inputShape, outputShape } = family;
  checkCoefficient(name, coefficient);
  const norms = checkNorms(name, family);
  const weight = tidy(() => variable(family.initialWeight()));
  const search = chooseNormSearch(family.measured, norms, weight, random);
  const { vector, normGradient } = tidy(() => {
    const start = search.start(weight);
    return {
      normGradient: variable(start.normGradient, false),
      vector: start.vector && variable(start.vector, false),
    };
  });
  const assign = (found: Found) => {
    normGradient.assign(found.normGradient);
    if (found.vector) vector!.assign(found.vector);
    dispose(Object.values(found));
  };
  const capped = () => softCap(weight, normGradient, coefficient);
  const scale = (factor: number) => tidy(() => weight.assign(mul(weight, factor)));

  return Object.freeze({
    inputShape,
    outputShape,
    coefficient,
    ...norms,
    parameters: { weight },
    weightRounding: capRounding(weight.shape),
    state: { normGradient, ...(vector && { singularVector: vector }) },
    bind: () => family.operator(capped()),
    norm: () => tidy(() => linearNorm(weight, normGradient)),
    async refresh(options: RefreshOptions): Promise<void> {
      checkRefreshOptions(options);
      if (options.iterations !== undefined) {
        assign(search.step(weight, vector, options.iterations));
        return;
      }
      const { norm, iterations, converged, ...found } = await search.converge(weight, vector, options);
      assign(found);
      checkConverged(`${name}.refresh`, { norm, iterations, converged }, options.tolerance);
    },
    async certify(between: Norms = norms) {
      const fixed = capped();
      return certifyNorm(family.operator(fixed), between).finally(() => dispose(fixed));
    },
    async enforce(): Promise<void> {
      const start = tidy(() => weight.clone());
      try {
        for (let attempt = 0; ; attempt++) {
          const { bound } = await certifyNorm(family.operator(weight), norms);
          if (bound <= coefficient && (await unchanged(weight, capped))) return;
          const margin = margins[attempt];
          if (margin === undefined)
            throw new NotCertifiedError(
              `${name}.enforce: expected a proven norm of at most ${coefficient}, received ${bound}`,
            );
          scale(Math.min(1, coefficient / bound) * (1 - margin));
        }
      } catch (error) {
        weight.assign(start);
        throw error;
      } finally {
        dispose(start);
      }
    },
  });
}

/**
 * What `enforce` leaves between the certificate and c, tried in turn: enough for sigma, a float32 sum over the weight, to stay
 * below c too on every backend, so that the soft cap does nothing.
 */
const margins = [1e-4, 1e-3, 1e-2, 1e-1];

/** Whether the cap leaves the weight as it is, bit for bit. */
async function unchanged(weight: Tensor, capped: () => Tensor): Promise<boolean> {
  const same = tidy(() => all(equal(capped(), weight)));
  return (await same.data().finally(() => dispose(same)))[0] === 1;
}
