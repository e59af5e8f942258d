import type { LayerCall } from "@invertible/bijection";
import { checkIntegerFrom, fail } from "@invertible/errors";
import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { integrateAdaptively } from "../solvers/integrate-adaptively.ts";
import type { AdaptiveProblem } from "../solvers/integrate-adaptively.ts";
import type { Integrated, IntegrationOptions } from "./integration.ts";

/** Below this, float32 rounding alone can be larger than the tolerance. */
const leastTolerance = 1e-7;

/** Integrates with step control, and reads the evidence. */
export async function integrateBlock(
  layer: string,
  call: Pick<LayerCall, "where" | "path">,
  options: IntegrationOptions,
  problem: Pick<AdaptiveProblem, "slope" | "from" | "to" | "z">,
): Promise<Integrated> {
  const { relativeTolerance = 1e-5, absoluteTolerance = 1e-5, maxSteps = 10_000 } = options;
  for (const [name, tolerance] of Object.entries({ relativeTolerance, absoluteTolerance }))
    if (!(typeof tolerance === "number" && tolerance >= leastTolerance && tolerance < Infinity))
      fail(`${call.where}: ${name}`, `a number of at least ${leastTolerance}`, tolerance);
  checkIntegerFrom(`${call.where}: maxSteps`, maxSteps, 1, Number.MAX_SAFE_INTEGER);
  const solved = await integrateAdaptively({
    ...problem,
    relativeTolerance,
    absoluteTolerance,
    maxSteps,
    where: call.where,
  });
  const { z, logDet, errors, logDetErrors, evaluations, accepted, refused } = solved;
  try {
    const [ofZ, ofLogDet] = [await errors.data(), await logDetErrors.data()];
    const rows = Array.from(ofZ, (error, i) => ({ error, logDetError: ofLogDet[i]! }));
    const evidence = {
      path: call.path,
      layer,
      evaluations,
      steps: accepted,
      refusedSteps: refused,
      error: rows.reduce((most, row) => Math.max(most, row.error), 0),
      logDetError: rows.reduce((most, row) => Math.max(most, row.logDetError), 0),
      rows,
    };
    return { value: z, logDet, evidence };
  } catch (error) {
    dispose([z, logDet] as Tensor[]);
    throw error;
  } finally {
    dispose([errors, logDetErrors]);
  }
}
