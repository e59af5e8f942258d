import type { Tensor } from "@invertible/ops";
import type { Dynamics } from "../dynamics/dynamics.ts";
import { weightedProducts } from "../traces/trace-estimator.ts";

/** How fast the state changes at one time. */
export interface Slope {
  /** f(t, z), [B, ...]. */
  readonly z: Tensor;
  /** tr(df/dz), or its estimate, [B]. */
  readonly trace?: Tensor;
}

/** The vectors of a trace estimate, which stay the same for a whole solve, and the factor of their products. */
export interface TraceVectors {
  readonly vectors: Tensor;
  readonly weight: number;
}

/** Computes the slope at (t, z). `needsTrace` is false where a method gives this slope no weight in the result. */
export type SlopeFunction = (t: number, z: Tensor, needsTrace?: boolean) => Slope;

/**
 * The slope of the augmented state: z moves by f, and log|det dz(t)/dz(0)| by the trace of df/dz.
 *
 * @see Chen et al. (2018), Neural ordinary differential equations, arXiv:1806.07366, theorem 1
 */
export function slopeOf(
  dynamics: Dynamics,
  condition: Tensor | undefined,
  trace: TraceVectors | undefined,
): SlopeFunction {
  return (t, z, needsTrace = true) => {
    const at = dynamics.at(t, condition);
    if (trace === undefined || !needsTrace) return { z: at.value(z) };
    const { value, jvp } = at.linearise(z);
    const { vectors, weight } = trace;
    return { z: value, trace: weightedProducts(vectors, jvp(vectors), z.shape[0]!, weight) };
  };
}
