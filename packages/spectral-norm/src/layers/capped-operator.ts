import type { RefreshOptions } from "@invertible/bijection";
import type { Norms, VectorNorm } from "@invertible/certificates";
import { NotCertifiedError, fail } from "@invertible/errors";
import { all, dispose, equal, mul, newVariable, sizeOf, tidy } from "@invertible/ops";
import type { LinearOperator, NamedVariables, Random, Shape, Tensor, Variable } from "@invertible/ops";
import { certifyNorm } from "../certify-norm.ts";
import { checkCoefficient, checkNorms } from "./checks.ts";
import { chooseNormSearch } from "../estimates/choose-norm-search.ts";
import type { LipschitzOperator } from "../lipschitz-operator.ts";
import { keepEstimate } from "../estimates/kept-estimate.ts";
import type { MeasuredFamily } from "../estimates/measured-family.ts";
import { checkConverged } from "../estimates/operator-norm.ts";
import { checkRefreshOptions } from "./refresh-options.ts";
import { linearNorm } from "../estimates/linear-norm.ts";
import { capRounding, softCap } from "./soft-cap.ts";

/**
 * A linear layer whose operator norm is kept at or below `coefficient` c: x -> A(W~) x with W~ = W / max(1, sigma/c).
 *
 * sigma = <u, A v> estimates the norm of A(W) from below. So strictly |A(W~)| <= c |A|/sigma, where |A|/sigma >= 1 measures how
 * good the estimate is. After `refresh({ tolerance: 1e-6 })` this ratio is below 1 + 2e-5 in every test. In the middle of
 * training, with a few iterations per step, it is larger. Refresh to a tolerance before you rely on the estimate, and call
 * `enforce` before you rely on a proof.
 *
 * If the domain is l_1 or the codomain l_infinity, sigma is exact at every refresh, by a closed form. Between other norms than
 * 2 it is the best local maximum found from 10 starting vectors. The global maximum may be larger by an unknown amount.
 */
export interface CappedOperator extends LipschitzOperator {
  /** The trained weight W. */
  readonly parameters: { readonly weight: Variable };
  /**
   * What the estimate is computed from. It is saved, so that a loaded layer computes the same numbers. The gradient
   * G = d sigma / dW gives sigma = <G, W> without a pass through the operator.
   *
   * For dense layers, and for 1x1 convolutions between norms p <= q, G = v u' is an outer product. The state holds
   * `inputSingularVector` v [1, inputs] and `outputSingularVector` u [1, outputs], and G is computed where it is used. Each entry
   * is one product of two numbers, so it is the same on every backend.
   *
   * For other convolutions the state holds `normGradient` G itself, in the shape of the kernel. Here u and v are images, which
   * are larger than the kernel, and the sums in G round differently on every backend. `singularVector`, absent for closed forms,
   * is the vector at the smaller end of the operator where the next refresh starts.
   */
  readonly state: NamedVariables;
  /** The estimate sigma, a scalar. */
  norm(): Tensor;
  /**
   * Brings sigma up to date after the weight has changed. With `{ iterations }` nothing is read back. With `{ tolerance }` it
   * continues until a round no longer raises sigma by more than that fraction.
   *
   * @throws NotConvergedError where `maxIterations` (default 1000) is reached first; the best vectors are kept.
   */
  refresh(options: RefreshOptions): Promise<void>;
  /**
   * Whether sigma was computed from the weight as it is now. Where the weight and all of the state were assigned to, they are
   * taken to belong together, as after loading.
   */
  isFresh(): boolean;
  /**
   * Scales the weight down until its own certificate is at most c. The soft cap then changes nothing: `bind()` returns the
   * operator of the weight itself, which on every backend is the one that was certified.
   *
   * @throws NotCertifiedError where that fails; the weight is then as it was.
   * @throws NonFiniteError for weights that are not finite.
   * @throws UnsupportedError for a family of unknown structure.
   */
  enforce(): Promise<void>;
}

/** Describes a family of operators A(W), linear in the weight W, for `cappedOperator`. */
export interface LinearFamily {
  /** Name of the layer, for error messages. */
  readonly name: string;
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** The limit c on the norm. */
  readonly coefficient: number;
  /** The p of the l_p norm of inputs. Default 2. */
  readonly domain?: VectorNorm;
  /** The q of the l_q norm of outputs. Default 2. */
  readonly codomain?: VectorNorm;
  /** Shape of W. */
  readonly weightShape: Shape;
  /** Makes the initial W. */
  initialWeight(): Tensor;
  /** Builds the operator A(W). */
  operator(weight: Tensor): LinearOperator;
  /** Operators with the same norm as the family's, which may be cheaper to apply. May be the family itself. */
  readonly measured: MeasuredFamily;
}

/**
 * Makes a layer that keeps the norm of a family's operator at or below `coefficient`. The estimate has converged when it
 * returns.
 *
 * @throws ArgumentError for a coefficient that is not a positive number, a norm below 1, or a `matrix` that does not fit the shapes.
 */
export function cappedOperator(family: LinearFamily, random: Random): CappedOperator {
  const { name, coefficient, inputShape, outputShape } = family;
  checkCoefficient(name, coefficient);
  const norms = checkNorms(name, family);
  checkMatrix(name, family);
  const weight = newVariable(family.weightShape, () => family.initialWeight());
  const search = chooseNormSearch(family.measured, norms, weight, random);
  const kept = keepEstimate(search, family.measured, weight);
  const capped = () => tidy(() => softCap(weight, kept.normGradient(), coefficient));
  const scale = (factor: number) => tidy(() => weight.assign(mul(weight, factor)));

  return Object.freeze({
    inputShape,
    outputShape,
    coefficient,
    ...norms,
    parameters: { weight },
    weightRounding: capRounding(weight.shape),
    state: kept.state,
    bind: () => family.operator(capped()),
    norm: () => tidy(() => linearNorm(weight, kept.normGradient())),
    async refresh(options: RefreshOptions): Promise<void> {
      checkRefreshOptions(options);
      if (options.iterations !== undefined) {
        kept.replace(search.step(weight, kept.v, options.iterations));
        return;
      }
      const { estimate, ...result } = await search.converge(weight, kept.v, options);
      kept.replace(estimate);
      checkConverged(`${name}.refresh`, result, options.tolerance);
    },
    isFresh: () => kept.isFresh(),
    async certify(between: Norms = norms) {
      const fixed = capped();
      return certifyNorm(family.operator(fixed), between).finally(() => dispose(fixed));
    },
    async enforce(): Promise<void> {
      const start = tidy(() => weight.clone());
      try {
        for (let attempt = 0; ; attempt++) {
          const { bound } = await certifyNorm(family.operator(weight), norms);
          if (bound <= coefficient && (await unchanged(weight, capped))) {
            // The weight was only scaled down, so the estimate still leaves it as it is.
            kept.confirm();
            return;
          }
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

function checkMatrix(name: string, { measured, weightShape }: LinearFamily): void {
  const { matrix, inputShape, outputShape } = measured;
  if (matrix === undefined) return;
  const { rows, columns, transposed } = matrix;
  const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
  if (
    inputs !== sizeOf(inputShape) ||
    outputs !== sizeOf(outputShape) ||
    rows * columns !== sizeOf(weightShape)
  )
    fail(
      `${name}: measured.matrix`,
      `a matrix with the ${sizeOf(weightShape)} weights, from ${sizeOf(inputShape)} to ${sizeOf(outputShape)} numbers`,
      matrix,
    );
}

/**
 * The relative margins that `enforce` leaves between the certificate and c, tried in turn. The estimate sigma is a float32 sum
 * over the weight. The margin must be large enough for sigma to stay below c on every backend, so that the soft cap does
 * nothing.
 */
const margins = [1e-4, 1e-3, 1e-2, 1e-1];

/** Whether the cap leaves the weight as it is, bit for bit. */
async function unchanged(weight: Tensor, capped: () => Tensor): Promise<boolean> {
  const same = tidy(() => all(equal(capped(), weight)));
  return (await same.data().finally(() => dispose(same)))[0] === 1;
}
