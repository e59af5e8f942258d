import { concat, gatherRows, reshape, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Evaluated, Progress, StepSettings } from "./safeguarded-step.ts";
import { advance } from "./safeguarded-step.ts";
import { rowNorms } from "./row-norms.ts";
import type { Lengths } from "./standing.ts";

/** Several evaluations in a row, before anybody looks at a number. */
export interface Burst {
  readonly progress: Progress;
  /** F(b) after each evaluation, [R, d]. */
  readonly iterates: readonly Tensor[];
  /** [R, 1 + 4 count]: what `lengthsIn` reads. */
  readonly lengths: Tensor;
}

export function runBurst(
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

/** Of one row after the i-th evaluation of a burst of `count`, from the numbers of `lengths`. */
export function lengthsIn(numbers: ArrayLike<number>, count: number, position: number, i: number): Lengths {
  const at = (column: number) => numbers[position * (1 + 4 * count) + column]!;
  const first = 1 + 4 * i;
  return {
    step: at(first),
    x: at(first + 1),
    euclideanStep: at(first + 2),
    rounding: at(first + 3),
  };
}

/** |y|_2 of one row, from the numbers of `lengths`. */
export function euclideanTarget(numbers: ArrayLike<number>, count: number, position: number): number {
  return numbers[position * (1 + 4 * count)]!;
}

/** The same iteration for some of its rows only. */
export function takeRows(progress: Progress, positions: readonly number[]): Progress {
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

/** Everything that it owns. */
export function tensorsOf({ next, trail, best, trust, history }: Progress): Tensor[] {
  const points = [...trail, ...(best ? [best] : [])].flatMap((point) => Object.values(point) as Tensor[]);
  return [next, ...history, ...points, ...(Object.values({ ...trust }) as Tensor[])];
}

/** `tidy`, whose types know no interfaces. */
function tidied<T extends object>(f: () => T): T {
  return tidy(f as () => never) as T;
}
