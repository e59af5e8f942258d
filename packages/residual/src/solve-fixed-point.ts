import type { InverseEvidence, SolveContext, Solved } from "@invertible/bijection";
import {
  NonFiniteError,
  NotConvergedError,
  checkPositiveInteger,
  clone,
  dispose,
  fail,
  reshape,
  sqrt,
  square,
  stack,
  sub,
  sum,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { readStandings, solvedFromTheStart, stepsLeft } from "./standing.ts";
import type { Standing } from "./standing.ts";

/** Steps before the first look at the numbers. */
const firstLook = 4;

/**
 * x <- y - g(x) from x = y until (L |step| + r)/(1 - L) <= tolerance in every row; see `residualBlock` for r. The iterate
 * returned is the first that passes, however often the loop looks. Finished rows go on iterating with the others: they
 * only get better, and a smaller batch would cost about as much.
 *
 * @throws NotConvergedError at `maxIterations`, or before it where only rounding is left; `onCap: "return"` returns instead.
 * @throws NonFiniteError when a row turns NaN or infinite; `onCap: "return"` returns with an infinite bound instead.
 */
export async function solveFixedPoint(
  branch: ContractiveBranch,
  y: Tensor,
  context: SolveContext,
): Promise<Solved> {
  const { tolerance, maxIterations = 1000, onCap = "throw", path = "" } = context;
  const where = `residualBlock${path === "" ? "" : ` (${path})`}.solveInverse`;
  checkPositiveInteger(`${where}: maxIterations`, maxIterations);
  if (tolerance !== undefined && !(tolerance > 0))
    fail(`${where}: tolerance`, "a positive number", tolerance);

  const evidence = (iterations: number, { residual, errorBound, verdict }: Standing): InverseEvidence[] => [
    {
      path,
      layer: "residualBlock",
      method: "banach",
      lipschitz: branch.lipschitz,
      iterations,
      residual,
      errorBound,
      converged: verdict === "converged",
      rows: [],
    },
  ];
  if (y.size === 0) return { x: clone(y), evidence: evidence(0, solvedFromTheStart) };

  let x = clone(y);
  let done = 0;
  let ahead = firstLook;
  try {
    for (;;) {
      const count = Math.min(ahead, maxIterations - done);
      const { iterates, norms } = advance(branch, x, y, count);
      dispose(x);
      // Until the numbers are in, every iterate is kept; then one of them.
      const standings = await readStandings(norms, count, branch.lipschitz, tolerance).catch(
        (error: unknown) => {
          dispose(iterates);
          throw error;
        },
      );
      const decided = standings.findIndex(({ verdict }) => verdict !== "going");
      const chosen = decided === -1 ? count - 1 : decided;
      x = iterates[chosen]!;
      dispose(iterates.filter((iterate) => iterate !== x));
      done += chosen + 1;
      const standing = standings[chosen]!;
      if (standing.verdict !== "going" || done === maxIterations) {
        if (onCap === "throw") checkConverged(where, done, standing);
        return { x, evidence: evidence(done, standing) };
      }
      ahead = stepsLeft(standings);
    }
  } catch (error) {
    dispose(x);
    throw error;
  }
}

/** The `count` iterates after x, and the norms that `readStandings` expects. */
function advance(
  branch: ContractiveBranch,
  x: Tensor,
  y: Tensor,
  count: number,
): { iterates: Tensor[]; norms: Tensor } {
  return tidy(() => {
    const bound = branch.bind();
    const iterates: Tensor[] = [];
    const steps: Tensor[] = [];
    let current = x;
    for (let i = 0; i < count; i++) {
      const next = tidy(() => sub(y, bound.value(current)));
      steps.push(rowNorms(tidy(() => sub(next, current))));
      iterates.push(next);
      current = next;
    }
    return { iterates, norms: stack([...steps, ...iterates.map(rowNorms), rowNorms(y)]) };
  });
}

/** Euclidean, [B, ...] -> [B] */
function rowNorms(x: Tensor): Tensor {
  return tidy(() => sqrt(sum(square(reshape(x, [x.shape[0]!, -1])), 1)));
}

function checkConverged(where: string, iterations: number, standing: Standing): void {
  const { verdict, errorBound, excess, floor } = standing;
  if (verdict === "converged") return;
  if (verdict === "non-finite")
    throw new NonFiniteError(
      `${where}: expected finite numbers, received NaN or infinity at iteration ${iterations}`,
    );
  const expected = `${where}: expected an error within the tolerance in every row`;
  const received = `received a bound of ${errorBound}, ${excess} times the tolerance, after ${iterations} iterations`;
  const advice =
    verdict === "stalled"
      ? `float32 rounding alone accounts for ${floor}; ask for a larger tolerance`
      : `raise maxIterations or the tolerance`;
  throw new NotConvergedError(`${expected}, ${received}; ${advice}`);
}
