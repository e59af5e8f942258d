import { clone, dispose, gatherRows } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { runBurst, takeRows, tensorsOf } from "./burst.ts";
import { rowCollection } from "./row-collection.ts";
import { rowWatch } from "./row-watch.ts";
import type { RowResult } from "./row-watch.ts";
import { plainEvaluations } from "./safeguarded-step.ts";
import type { Progress, StepSettings } from "./safeguarded-step.ts";

/** Finished rows leave the computation when so few remain: copying the rest then costs less than evaluating g there. */
const worthTaking = 0.75;

export interface RowsProblem extends Omit<StepSettings, "g" | "done"> {
  bind(rows?: Int32Array): StepSettings["g"];
  /** As in `WatchSettings`. */
  tolerance(target: number, floor: number): number;
  readonly maxIterations: number;
  /** May throw. */
  readonly onNonFinite: (iterations: number) => void;
}

/** What is still computed: the tensors here are owned by the loop. */
interface Carried {
  readonly progress: Progress;
  /** [R, d] */
  readonly y: Tensor;
  /** Which rows of the batch; all of them unless given. */
  readonly rows?: Int32Array;
}

/** The iteration itself; see `solveContraction`. @returns x [B, d] and where each row ended */
export async function iterateRows(problem: RowsProblem): Promise<{ x: Tensor; results: RowResult[] }> {
  const { maxIterations, onNonFinite } = problem;
  const [batch, dimension] = problem.y.shape as [number, number];
  const results = new Array<RowResult>(batch);
  const watch = rowWatch({ ...problem, dimension });
  const finished = rowCollection();
  let carried: Carried = {
    progress: { next: clone(problem.y), trail: [], history: [] },
    y: clone(problem.y),
  };
  let reading: Tensor[] = [];
  try {
    for (let done = 0, ahead = plainEvaluations; ;) {
      const count = Math.min(ahead, maxIterations - done);
      const { progress, y, rows } = carried;
      const burst = runBurst(progress, count, () => problem.bind(rows), { ...problem, y, done });
      reading = [burst.lengths, ...burst.iterates];
      carried = { ...carried, progress: burst.progress };
      disposeExcept(tensorsOf(progress), tensorsOf(burst.progress));
      const numbers = await burst.lengths.data();

      const unfinished: number[] = [];
      const stopped = burst.iterates.map((): number[] => []);
      for (let position = 0; position < y.shape[0]!; position++) {
        const row = rows?.[position] ?? position;
        if (results[row] !== undefined) continue;
        const result = watch.look(row, { numbers, position, count, done });
        if (result === undefined) unfinished.push(position);
        else {
          if (result.standing.verdict === "non-finite") onNonFinite(result.iterations);
          results[row] = result;
          stopped[result.iterations - done - 1]!.push(position);
        }
      }
      stopped.forEach((positions, i) => {
        if (positions.length > 0)
          finished.add(burst.iterates[i]!, positions, rows ? positions.map((at) => rows[at]!) : positions);
      });
      disposeExcept(reading, tensorsOf(carried.progress));
      reading = [];
      if (unfinished.length === 0) return { x: finished.assemble(), results };
      ahead = median(unfinished.map((position) => watch.stepsLeft(rows?.[position] ?? position)));
      if (unfinished.length <= worthTaking * y.shape[0]!) carried = taken(carried, unfinished);
      done += count;
    }
  } finally {
    dispose([...reading, ...tensorsOf(carried.progress), carried.y]);
    finished.dispose();
  }
}

/** The same with only some of its rows; disposes of the rest. */
function taken(carried: Carried, positions: readonly number[]): Carried {
  const rows = Int32Array.from(positions, (position) => carried.rows?.[position] ?? position);
  const fewer = {
    progress: takeRows(carried.progress, positions),
    y: gatherRows(carried.y, positions),
    rows,
  };
  dispose([...tensorsOf(carried.progress), carried.y]);
  return fewer;
}

function disposeExcept(tensors: readonly Tensor[], kept: readonly Tensor[]): void {
  dispose(tensors.filter((x) => !kept.includes(x)));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
