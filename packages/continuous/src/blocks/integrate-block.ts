import type { LayerCall } from "@invertible/bijection";
import { checkIntegerFrom, fail } from "@invertible/errors";
import { add, dispose, sqrt, square, sub, sumPerExample, tidy } from "@invertible/ops";
import { integrateAdaptively } from "../solvers/integrate-adaptively.ts";
import type { AdaptiveProblem, AdaptiveSolution } from "../solvers/integrate-adaptively.ts";
import type { Integrated, IntegrationEvidence, IntegrationOptions } from "./integration.ts";

/** Below this, float32 rounding alone can be larger than the tolerance. */
const leastTolerance = 1e-7;

/** How much looser the tolerances of the second solve are. */
const looser = 10;

/**
 * Integrates with step control, twice: to ten times the tolerances, and to the tolerances. The result is that of the second
 * solve. The difference between the two is about the error of the first, and a generous estimate of that of the second. Their
 * first steps differ, so that the others do too even where every step is accepted.
 */
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
  const solve = (factor: number, firstFraction: number) =>
    integrateAdaptively({
      ...problem,
      relativeTolerance: factor * relativeTolerance,
      absoluteTolerance: factor * absoluteTolerance,
      firstFraction,
      maxSteps,
      where: call.where,
    });
  const coarse = await solve(looser, 1 / 3);
  try {
    const fine = await solve(1, 1 / 8);
    try {
      return {
        value: fine.z,
        logDet: fine.logDet,
        evidence: await evidenceOf(layer, call.path, coarse, fine),
      };
    } catch (error) {
      dispose([fine.z, fine.logDet]);
      throw error;
    } finally {
      fine.errors.dispose();
    }
  } finally {
    dispose([coarse.z, coarse.logDet, coarse.errors]);
  }
}

async function evidenceOf(
  layer: string,
  path: string,
  coarse: AdaptiveSolution,
  fine: AdaptiveSolution,
): Promise<IntegrationEvidence> {
  const errors = tidy(() => {
    const squares = sumPerExample(square(sub(fine.z, coarse.z)));
    return add(sqrt(add(squares, square(sub(fine.logDet, coarse.logDet)))), fine.errors);
  });
  const numbers = await errors.data<"float32">().finally(() => errors.dispose());
  const rows = Array.from(numbers, (error) => ({ error }));
  const { evaluations, accepted: steps, refused: refusedSteps } = fine;
  // Not Math.max(...), which would put a large batch on the stack.
  const error = numbers.reduce((most, each) => Math.max(most, each), 0);
  return { path, layer, evaluations, steps, refusedSteps, error, rows };
}
