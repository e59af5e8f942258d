import type { LipschitzControl } from "@invertible/bijection";
import type { Norms, OperatorCertificate, VectorNorm } from "@invertible/certificates";
import type { LinearOperator, NamedVariables, Shape } from "@invertible/ops";

/**
 * A trained linear map whose induced norm from l_domain to l_codomain is kept at or below `coefficient` c. It is kept there by
 * an estimate (`cappedDense`, `cappedConv2d`, ...) or by construction (`aolDense`, `orthogonalDense`, ...). Where c is Infinity,
 * nothing is kept (`plainDense`, `plainConv2d`).
 */
export interface LipschitzOperator extends LipschitzControl<OperatorCertificate> {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** The limit c on the norm. Infinity where there is none. */
  readonly coefficient: number;
  /** The p of the l_p norm of inputs. */
  readonly domain: VectorNorm;
  /** The q of the l_q norm of outputs. */
  readonly codomain: VectorNorm;
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, by name. Empty where the norm holds by construction. */
  readonly state: NamedVariables;
  /**
   * An estimate of the relative float32 error of the weight of `bind()`, compared with its exact value for the stored numbers.
   * It is 0 where the float32 result defines the operator.
   */
  readonly weightRounding: number;
  /**
   * Returns the operator with its bounded weight, which is computed once and is differentiable in the parameters. Call it
   * inside a `tidy`.
   */
  bind(): LinearOperator;
  /**
   * Proves an upper bound of the norm of the operator that `bind()` gives. Default: between its own norms.
   *
   * @throws NonFiniteError for weights that are not finite.
   * @throws UnsupportedError for an operator of unknown structure.
   */
  certify(norms?: Norms): Promise<OperatorCertificate>;
}
