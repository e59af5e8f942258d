import type { LipschitzControl } from "@invertible/bijection";
import type { Norms, OperatorCertificate, VectorNorm } from "@invertible/certificates";
import type { LinearOperator, NamedVariables, Shape } from "@invertible/ops";

/**
 * A trained linear map whose induced norm from l_domain to l_codomain is held at or below `coefficient` c, by
 * estimate (`cappedDense`, `cappedConv2d`, ...) or by construction (`aolDense`, `orthogonalDense`, ...).
 */
export interface LipschitzOperator extends LipschitzControl<OperatorCertificate> {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** c */
  readonly coefficient: number;
  readonly domain: VectorNorm;
  readonly codomain: VectorNorm;
  readonly parameters: NamedVariables;
  /** Empty where the norm holds by construction. */
  readonly state: NamedVariables;
  /**
   * How far float32 takes the weight of `bind()` from what the stored numbers say exactly, relative to it; modelled. 0 where the
   * operator is defined as what float32 makes of them.
   */
  readonly weightRounding: number;
  /** The operator with its bounded weight, computed once, differentiable in the parameters. Call it inside a `tidy`. */
  bind(): LinearOperator;
  /**
   * A rigorous bound of the norm of the operator that `bind()` gives; between other norms than its own where asked.
   * @throws NonFiniteError for weights that are not finite; UnsupportedError for an operator of unknown structure.
   */
  certify(norms?: Norms): Promise<OperatorCertificate>;
}
