import type { Bijection, CallContext } from "@invertible/bijection";
import { NotConvergedError } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { HeldTensors } from "./held-tensors.ts";

/**
 * A layer's input from its output. Iterative inverses are solved to their default tolerance by the form that stops early:
 * the fixed number of steps of the other form is for the worst case that the Lipschitz constant allows, several times as many.
 *
 * Rows that are NaN stay NaN and are for the caller to find.
 *
 * @throws NotConvergedError for a row that stays above its tolerance, naming the layer.
 */
export async function recomputeInput(
  layer: Bijection,
  y: Tensor,
  context: CallContext,
  held: HeldTensors,
): Promise<Tensor> {
  const value = { ...context, logDet: "skip" } as const;
  if (layer.traits.inverse === "analytic") return held.hold(() => layer.inverse(y, value).x);
  const { x, evidence } = await layer.solveInverse(y, { ...value, onCap: "return" });
  held.hold(() => x);
  for (const { path, layer: name, rows, lipschitz } of evidence) {
    const open = rows.find(({ converged, errorBound }) => !converged && Number.isFinite(errorBound));
    if (open)
      throw new NotConvergedError(
        `${name} (${path}): expected an input that can be recomputed from the output (Lipschitz constant ${lipschitz}), ` +
          `received an error bound of ${open.errorBound} after ${open.iterations} iterations; backward: "per-block" needs no inverse`,
      );
  }
  return x;
}
