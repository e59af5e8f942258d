import { clone, concat, dispose, gatherRows, reshape, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { rowNorms } from "./row-norms.ts";
import { advance, plainEvaluations } from "./safeguarded-step.ts";
import type { Evaluated, Progress, StepSettings } from "./safeguarded-step.ts";
import { rowWatch } from "./standing.ts";
import type { RowResult } from "./standing.ts";

/**
 * Finished rows leave the computation once at most this fraction remains. Copying the rest then costs less than evaluating g at
 * the finished ones.
 */
const worthTaking = 0.75;

/** What `iterateRows` solves. */
export interface RowsProblem extends Omit<StepSettings, "g" | "done"> {
  /** Binds g to some rows of the batch; all of them unless given. */
  bind(rows?: Int32Array): StepSettings["g"];
  /** As in `WatchSettings`. */
  tolerance(target: number, floor: number): number;
  /** Most evaluations of g. */
  readonly maxIterations: number;
  /** Called where a row is no longer finite. It may throw. */
  readonly onNonFinite: (iterations: number) => void;
}

/** The rows that are still computed. The loop owns these tensors. */
interface Carried {
  readonly progress: Progress;
  /** The targets [R, d] of these rows. */
  readonly y: Tensor;
  /** The places of these rows in the batch. Absent while all rows of the batch are computed. */
  readonly rows?: Int32Array;
}

/**
 * Runs the iteration of `solveContraction`.
 *
 * @returns x [B, d], and where each row ended
 */
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

/** Keeps only some of the rows, and disposes of the rest. */
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

/** Several evaluations in succession, before any number is read back. */
interface Burst {
  readonly progress: Progress;
  /** F(b) after each evaluation, [R, d]. */
  readonly iterates: readonly Tensor[];
  /** The lengths [R, 1 + 4 count] that `lengthsIn` reads. */
  readonly lengths: Tensor;
}

function runBurst(
  start: Progress,
  count: number,
  bind: () => StepSettings["g"],
  settings: Omit<StepSettings, "g">,
): Burst {
  const { y, norm, done } = settings;
  return tidied(() => {
    const g = bind();
    const iterates: Tensor[] = [];
    const columns = [rowNorms(y, 2)];
    let progress: Progress = start;
    for (let i = 0; i < count; i++) {
      const { best } = (progress = tidied(() => advance(progress, { ...settings, g, done: done + i })));
      iterates.push(best.f);
      const euclidean = norm === 2 ? best.size : rowNorms(best.r, 2);
      columns.push(best.size, rowNorms(best.f, norm), euclidean, best.rounding);
    }
    return { progress, iterates, lengths: concat(columns, 1) };
  });
}

/** The state of the iteration for some of its rows only. */
function takeRows(progress: Progress, positions: readonly number[]): Progress {
  const take = (x: Tensor) => gatherRows(x, positions);
  const rows = progress.next.shape[0]!;
  const takeEach = (a: Tensor) => {
    const [m, , d] = a.shape as [number, number, number];
    const all = Array.from({ length: m }, (_, j) => positions.map((position) => j * rows + position)).flat();
    return reshape(gatherRows(reshape(a, [m * rows, d]), all), [m, positions.length, d]);
  };
  const point = ({ f, r, size, rounding }: Evaluated): Evaluated => ({
    f: take(f),
    r: take(r),
    size: take(size),
    rounding: take(rounding),
  });
  return tidied(() => {
    const { next, trail, best, trust, history } = progress;
    return {
      next: take(next),
      trail: trail.map(point),
      ...(best && { best: point(best) }),
      ...(trust && {
        trust: {
          first: take(trust.first),
          guessed: take(trust.guessed),
          rate: take(trust.rate),
          misses: take(trust.misses),
        },
      }),
      history: history.map(takeEach),
    };
  });
}

/** All tensors that a state of the iteration owns. */
function tensorsOf({ next, trail, best, trust, history }: Progress): Tensor[] {
  const points = [...trail, ...(best ? [best] : [])].flatMap((point) => Object.values(point) as Tensor[]);
  return [next, ...history, ...points, ...(Object.values({ ...trust }) as Tensor[])];
}

/** Calls `tidy`, whose types do not accept interfaces. */
function tidied<T extends object>(f: () => T): T {
  return tidy(f as () => never) as T;
}

/** Collects rows of a batch that arrive in any order, and assembles the batch once all have arrived. It owns its tensors. */
interface RowCollection {
  /** Adds the rows `positions` of x [R, d], which become the rows `destinations` of the batch. */
  add(x: Tensor, positions: readonly number[], destinations: readonly number[]): void;
  /** Returns the batch [B, d], and empties the collection. */
  assemble(): Tensor;
  dispose(): void;
}

function rowCollection(): RowCollection {
  let pieces: Tensor[] = [];
  let arrived: number[] = [];
  const release = () => {
    dispose(pieces);
    [pieces, arrived] = [[], []];
  };
  return {
    add(x, positions, destinations) {
      pieces.push(gatherRows(x, positions));
      arrived.push(...destinations);
    },
    assemble() {
      const order = new Int32Array(arrived.length);
      arrived.forEach((row, place) => (order[row] = place));
      const x = tidy(() => gatherRows(pieces.length === 1 ? pieces[0]! : concat(pieces, 0), order));
      release();
      return x;
    },
    dispose: release,
  };
}
