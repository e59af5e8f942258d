import type { Bijection, Call } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";

/** To which tolerance `solveForward` integrates. */
export interface IntegrationOptions {
  /** Of each step's local error, relative to the state. Default 1e-5, at least 1e-7. */
  readonly relativeTolerance?: number;
  /** Of each step's local error, absolute: in the unit of z, and in nats. Default 1e-5, at least 1e-7. */
  readonly absoluteTolerance?: number;
  /** The most steps to try in one block. Default 10000. */
  readonly maxSteps?: number;
}

/** A call of `solveForward`. */
export interface IntegrationCall
  extends Pick<Call, "random" | "training" | "condition">, IntegrationOptions {}

/** What a solve with step control says about itself. The error is the largest of all rows. */
export interface IntegrationEvidence extends RowIntegration {
  /** Place of the block in the model: "3.inner". */
  readonly path: string;
  /** Name of the layer type. */
  readonly layer: string;
  /**
   * How often f was evaluated for the batch in the solve that gave the result, with the trace. The second solve, with ten times the
   * tolerances, takes about two thirds as many more.
   */
  readonly evaluations: number;
  /** How many steps were accepted. */
  readonly steps: number;
  /** How many were refused and tried again with a shorter length. */
  readonly refusedSteps: number;
  /** The errors of each row, in the order of the batch. */
  readonly rows: readonly RowIntegration[];
}

/**
 * The estimated error of one row, apart from float32 rounding. It is an estimate and not a bound, though usually far above the
 * true error.
 */
export interface RowIntegration {
  /**
   * Euclidean error of z and the log-det together: the distance to the result of a second solve with ten times the tolerances, and
   * the sum of the lengths of all local errors.
   */
  readonly error: number;
}

/** What an integration gives. The caller frees the tensors. */
export interface Integrated {
  /** The state at the end, [B, ...]. */
  readonly value: Tensor;
  /** log|det| of the map to it, [B], in nats. */
  readonly logDet: Tensor;
  readonly evidence: IntegrationEvidence;
}

/** Where an integration stands in a model. */
export interface IntegrationPlace {
  readonly direction: "forward" | "inverse";
  readonly path: string;
}

/** A bijection that is the solution of a differential equation. */
export interface ContinuousBlock extends Bijection {
  /** Integrates with step control, for `solveForward`. */
  integrate(place: IntegrationPlace, z: Tensor, call: IntegrationCall): Promise<Integrated>;
}

/** Whether a bijection can be integrated with step control. */
export function isContinuous(bijection: Bijection): bijection is ContinuousBlock {
  return typeof (bijection as Partial<ContinuousBlock>).integrate === "function";
}
