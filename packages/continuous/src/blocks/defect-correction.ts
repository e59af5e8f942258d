import { evidenceOf } from "@invertible/bijection";
import type { LayerCall, RowEvidence, SolveOptions, Solved } from "@invertible/bijection";
import { NonFiniteError, NotConvergedError, checkPositiveInteger, fail } from "@invertible/errors";
import {
  add,
  clone,
  dispose,
  mul,
  sqrt,
  square,
  stack,
  sub,
  sumPerExample,
  tensor,
  tidy,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/** The inverse of a map F of which an approximate inverse G is known. */
export interface CorrectionProblem {
  /** F: x -> y. */
  readonly forward: (x: Tensor) => Tensor;
  /** G, such that G(F(x)) - x hardly depends on x. */
  readonly backward: (y: Tensor) => Tensor;
  readonly y: Tensor;
  readonly layer: string;
  readonly call: Pick<LayerCall, "path" | "where">;
  readonly options: SolveOptions;
}

/** The name of the method in evidence. */
export const correctionMethod = "defect-correction";

/** What float32 rounding of F and G may add to the error, relative to the larger of |x| and |y|. */
const rounding = 2 ** -21;
/** A correction that shrinks by less than this has come down to rounding, or G is no inverse. */
const progress = 0.5;
/** Up to this error, relative to max(1, |y|), a stop of progress counts as rounding where the caller named no tolerance. */
const worstRounding = 1e-3;

/**
 * Solves F(x) = y by x_0 = G(y) and corrections
 *
 *     x_(k+1) = x_k + d_k,   d_k = G(y) - G(F(x_k)).
 *
 * d_k is the measured error of a round trip, and it bounds the error: let e be the Lipschitz constant of G(F(x)) - x, which for
 * p-th order steps of length h is of the order of h^p. Then |x* - x_(k+1)| <= e/(1 - e) |d_k|. The evidence states
 * 2 |d_k| + 2^-21 max(|x|, |y|), which holds for every e up to 2/3, and takes the second term for rounding. That e is as small is
 * not proven, but seen: where d_k does not fall to half of the one before, a row ends. `iterations` counts the corrections.
 *
 * A row whose bound meets its tolerance is frozen. By default the tolerance is 1e-5 max(1, |y|), or what rounding leaves, up to
 * 1e-3 max(1, |y|).
 *
 * @throws NotConvergedError where a row misses its tolerance, and NonFiniteError where it becomes NaN or infinite. With `onCap:
 * "return"` the result is returned instead, and the evidence says so.
 * @see Stetter (1978), "The defect correction principle and discretization methods"
 */
export async function solveByCorrection(problem: CorrectionProblem): Promise<Solved> {
  const { forward, backward, y, layer, call, options } = problem;
  const { tolerance, maxIterations = 100, onCap = "throw" } = options;
  checkPositiveInteger(`${call.where}: maxIterations`, maxIterations);
  if (tolerance !== undefined && !(tolerance > 0))
    fail(`${call.where}: tolerance`, "a positive number", tolerance);
  const rows: Row[] = Array.from({ length: y.shape[0]! }, () => ({ ...unsolved }));
  const start = tidy(() => backward(y));
  let x = clone(start);
  try {
    while (rows.some(({ ended }) => !ended)) {
      const step = tidy(() => {
        const correction = sub(start, backward(forward(x))) as Tensor;
        const moving = tensor(
          rows.map(({ ended }) => (ended ? 0 : 1)),
          [rows.length, ...y.shape.slice(1).map(() => 1)] as Shape as number[],
          "float32",
        );
        // Rows that have ended may be NaN, which 0 does not remove; nobody reads their corrections.
        const next = add(x, mul(correction, moving)) as Tensor;
        return { next, lengths: stack([correction, next, y].map(rowLengths)) };
      });
      dispose(x);
      x = step.next;
      const numbers = await step.lengths.data<"float32">().finally(() => dispose(step.lengths));
      rows.forEach((row, i) => {
        if (row.ended) return;
        const [correction, ofX, ofY] = [0, 1, 2].map((k) => numbers[k * rows.length + i]!);
        judge(row, correction!, Math.max(ofX!, ofY!), ofY!, tolerance);
        row.ended ||= row.iterations === maxIterations;
      });
    }
    if (onCap === "throw") checkRows(call.where, rows);
    const evidence = evidenceOf(
      { path: call.path, layer, method: correctionMethod },
      rows.map(evidenceOfRow),
    );
    return { x, evidence: [evidence] };
  } catch (error) {
    dispose(x);
    throw error;
  } finally {
    dispose(start);
  }
}

interface Row extends RowEvidence {
  iterations: number;
  residual: number;
  errorBound: number;
  converged: boolean;
  /** Whether the row takes no further part. */
  ended: boolean;
}

const unsolved = { iterations: 0, residual: Infinity, errorBound: Infinity, converged: false, ended: false };

/** Takes in one correction of a row. */
function judge(row: Row, correction: number, size: number, ofY: number, tolerance: number | undefined): void {
  const before = row.residual;
  row.iterations++;
  row.residual = Number.isNaN(correction) ? Infinity : correction;
  const finite = Number.isFinite(correction) && Number.isFinite(size);
  row.errorBound = finite ? 2 * correction + rounding * size : Infinity;
  const stalled = row.iterations > 1 && !(correction <= progress * before);
  const scale = Math.max(1, ofY);
  const accepted = tolerance ?? (stalled ? worstRounding : 1e-5) * scale;
  row.converged = row.errorBound <= accepted;
  row.ended = row.converged || stalled || !finite;
}

function evidenceOfRow({ iterations, residual, errorBound, converged }: Row): RowEvidence {
  return { iterations, residual, errorBound, converged };
}

function checkRows(where: string, rows: readonly Row[]): void {
  if (rows.some(({ errorBound }) => errorBound === Infinity))
    throw new NonFiniteError(`${where}: expected finite numbers, received NaN or infinity`);
  const worst = rows
    .filter(({ converged }) => !converged)
    .reduce<Row | undefined>((a, b) => (a && a.errorBound >= b.errorBound ? a : b), undefined);
  if (worst === undefined) return;
  throw new NotConvergedError(
    `${where}: expected an error within the tolerance in every row, received a bound of ${worst.errorBound} after ` +
      `${worst.iterations} corrections, the last of length ${worst.residual}; raise the tolerance, or build the block with more steps`,
  );
}

function rowLengths(x: Tensor): Tensor {
  return sqrt(sumPerExample(square(x)));
}
