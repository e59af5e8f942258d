import { placeOf, solveInverse } from "@invertible/bijection";
import type { Bijection, Call, RowEvidence } from "@invertible/bijection";
import { NotConvergedError } from "@invertible/errors";
import { reshape, sizeOf, sqrt, square, sum, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { HeldTensors } from "./held-tensors.ts";

/**
 * Largest error bound, per max(1, |y|), of a row that misses the default tolerance of its inverse. If the Lipschitz constant is
 * close to 1, rounding alone keeps the bound above that tolerance, although the error itself is far below it.
 */
const largestBound = 1e-3;

/**
 * Computes the input of a layer from its output. Iterative inverses are solved to their default tolerance and stop early. The
 * synchronous inverse would take the number of steps for the worst case that the Lipschitz constant allows, which is several
 * times as many.
 *
 * Rows that are NaN stay NaN, and the caller finds them.
 *
 * @throws NotConvergedError for a row whose bound stays above 1e-3 max(1, |y|), naming the layer.
 */
export async function recomputeInput(
  layer: Bijection,
  y: Tensor,
  call: Call,
  held: HeldTensors,
): Promise<Tensor> {
  if (layer.traits.inverse === "analytic") return held.hold(() => layer.inverse(y, call));
  const { x, evidence } = await solveInverse(layer, y, { ...call, onCap: "return" });
  held.hold(() => x);
  if (!evidence.some(({ rows }) => rows.some(missed))) return x;
  const lengths = await rowLengths(y);
  for (const { path, layer: name, rows, lipschitz } of evidence) {
    const bad = rows.find(
      (row, i) => missed(row) && row.errorBound > largestBound * Math.max(1, lengths[i]!),
    );
    if (bad)
      throw new NotConvergedError(
        `${placeOf(name, path)}: expected an input that can be recomputed from the output` +
          `${lipschitz === undefined ? "" : ` (Lipschitz constant ${lipschitz})`}, ` +
          `received an error bound of ${bad.errorBound} after ${bad.iterations} iterations; backward: "checkpointed" needs no inverse`,
      );
  }
  return x;
}

function missed({ converged, errorBound }: RowEvidence): boolean {
  return !converged && Number.isFinite(errorBound);
}

async function rowLengths(y: Tensor): Promise<ArrayLike<number>> {
  const [batch, ...shape] = y.shape as [number, ...number[]];
  const lengths = tidy(() => sqrt(sum(square(reshape(y, [batch, sizeOf(shape)])), 1)));
  return lengths.data().finally(() => lengths.dispose());
}
