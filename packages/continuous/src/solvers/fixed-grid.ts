import { add, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Dynamics } from "../dynamics/dynamics.ts";
import { checkpointedSteps } from "./checkpointed-steps.ts";
import type { GridSolution, StepConstants } from "./grid-solution.ts";
import { rungeKuttaStep } from "./runge-kutta-step.ts";
import { slopeOf } from "./slope.ts";
import type { TraceVectors } from "./slope.ts";
import type { Tableau } from "./tableau.ts";

/**
 * How a solve is differentiated. Both give the derivatives of the numbers that the steps compute, not of the exact solution.
 * "whole" records every operation. "checkpointed" keeps z at the start of every step and computes the steps again on the way
 * back, one after another, so that memory is that of one step.
 */
export type OdeGradient = "checkpointed" | "whole";

/** The names of `OdeGradient`. */
export const odeGradients: readonly OdeGradient[] = ["checkpointed", "whole"];

/** A solve in steps of equal length. */
export interface GridProblem {
  readonly dynamics: Dynamics;
  readonly tableau: Tableau;
  /** The times of z and of the result. `to` may lie before `from`. */
  readonly from: number;
  readonly to: number;
  /** The number of steps. */
  readonly steps: number;
  readonly gradient: OdeGradient;
  /** The state at `from`, [B, ...]. */
  readonly z: Tensor;
  readonly condition: Tensor | undefined;
  /** Vectors for the trace, where the log-det is wanted. */
  readonly trace: TraceVectors | undefined;
}

/** Solves dz/dt = f in a fixed number of steps. No number is read back. Call it inside a `tidy`. */
export function integrateOnGrid(problem: GridProblem): GridSolution {
  const { dynamics, tableau, from, to, steps, gradient, z, condition, trace } = problem;
  const h = (to - from) / steps;
  const stepAt = (k: number, z: Tensor, given: StepConstants) => {
    const own = trace && given.vectors && { ...trace, vectors: given.vectors };
    return rungeKuttaStep(tableau, slopeOf(dynamics, given.condition, own), from + k * h, h, z);
  };
  // A batch of no examples has nothing to save, and concatenations of nothing to lose.
  if (gradient === "checkpointed" && z.size > 0)
    return checkpointedSteps({
      step: stepAt,
      steps,
      z,
      condition,
      vectors: trace?.vectors,
      parameters: Object.values(dynamics.parameters),
    });
  const batch = z.shape[0]!;
  let state: GridSolution = trace ? { z, logDet: zeros([batch]) } : { z };
  for (let k = 0; k < steps; k++) {
    const next = stepAt(k, state.z, { condition, vectors: trace?.vectors });
    state = { z: next.z, ...(trace && { logDet: add(state.logDet!, next.logDet!) }) };
  }
  return state;
}
