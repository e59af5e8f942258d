import {
  add,
  cast,
  div,
  lessEqual,
  logicalAnd,
  logicalNot,
  mul,
  reshape,
  sub,
  zerosLike,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { Rounded } from "../branches/stages/rounding.ts";
import type { Acceleration, History } from "./acceleration.ts";
import { choose } from "./acceleration.ts";
import { rowNorms } from "./row-norms.ts";

/** An evaluated point b of each row, with F(b) = y - g(b) and r(b) = F(b) - b. */
export interface Evaluated {
  /** F(b) [R, d], the approximate solution. It is at most L/(1-L) |r(b)| away from the exact one. */
  readonly f: Tensor;
  /** r(b) [R, d], which is zero at the solution. */
  readonly r: Tensor;
  /** The length |r(b)|_p, [R, 1]. */
  readonly size: Tensor;
  /** An estimate [R, 1] of the float32 rounding error of g(b); see `Rounded`. */
  readonly rounding: Tensor;
}

/** What decides whether guesses are made. Each tensor is [R, 1]. */
export interface Trust {
  /** The length |r| of the first point. */
  readonly first: Tensor;
  /** Whether the next point is a guess instead of F(b). */
  readonly guessed: Tensor;
  /** The ratio |r(F(b))| / |r(b)|, from the last time that F(b) was evaluated. */
  readonly rate: Tensor;
  /** How many guesses reduced |r| by less than that ratio. */
  readonly misses: Tensor;
}

/** Where an iteration stands between two evaluations. */
export interface Progress {
  /** The point to evaluate next, [R, d]. */
  readonly next: Tensor;
  /** The points evaluated so far. Kept only until guesses begin, which learn from them. */
  readonly trail: readonly Evaluated[];
  /** The best point so far. Absent before the first evaluation. */
  readonly best?: Evaluated;
  /** Present once guesses have begun. */
  readonly trust?: Trust;
  /** What the acceleration remembers. */
  readonly history: History;
}

/** What one evaluation needs. */
export interface StepSettings {
  /** The map g, from [R, ...shape] to the same shape. */
  readonly g: (x: Tensor) => Rounded;
  /** The targets, [R, d]. */
  readonly y: Tensor;
  /** Shape of one input of g. */
  readonly shape: Shape;
  /** L < 1, the Lipschitz constant of g. */
  readonly lipschitz: number;
  /** The p of the l_p norm in which g contracts. */
  readonly norm: VectorNorm;
  /** The method that makes guesses. Undefined for plain fixed-point iteration. */
  readonly acceleration: Acceleration | undefined;
  /** The number of evaluations before this one. */
  readonly done: number;
}

type Started = Progress & { readonly best: Evaluated };
type Accelerated = Started & { readonly trust: Trust };

/**
 * The number of plain evaluations before the first guess, which learns from all of them. In most trained blocks these suffice,
 * and accelerating would only cost time.
 */
export const plainEvaluations = 4;
/** Allows for rounding in |r(F(b))| <= L |r(b)|. */
const rounding = 1 + 2 ** -20;
/** By how many evaluations guesses may fall behind the progress that the contraction guarantees. */
const allowance = 2;
/** How many guesses may do worse than F(b) within n evaluations. It stops a method that does not suit the problem. */
const missesAfter = (n: number) => Math.min(n / 4, 4 + n / 8);

/** Makes one evaluation, and chooses the next point. */
export function advance(progress: Progress, settings: StepSettings): Started {
  const { g, y, shape, norm, acceleration, done } = settings;
  const before =
    acceleration !== undefined && done === plainEvaluations
      ? begin(progress.trail, acceleration, settings)
      : progress;
  const x = before.next;
  const { value, rounding } = g(reshape(x, [-1, ...shape]));
  const f = sub(y, reshape(value, y.shape)) as Tensor;
  const r = sub(f, x) as Tensor;
  const evaluated: Evaluated = { f, r, size: rowNorms(r, norm), rounding };
  if (acceleration !== undefined && before.best && before.trust)
    return accelerated(
      { ...before, best: before.best, trust: before.trust },
      evaluated,
      acceleration,
      settings,
    );
  const trail = acceleration === undefined ? [] : [...before.trail, evaluated];
  return { next: f, best: evaluated, trail, history: [] };
}

/** Makes the first guess, from what the plain iteration has shown. */
function begin(trail: readonly Evaluated[], acceleration: Acceleration, settings: StepSettings): Accelerated {
  const [first, ...rest] = trail as [Evaluated, ...Evaluated[]];
  const never = logicalNot(lessEqual(first.size, Infinity)) as Tensor;
  let history: History = [];
  let best = first;
  let rate = first.size;
  for (const point of rest) {
    history = acceleration.learn(history, { ...changeFrom(best, point), lost: never });
    rate = div(point.size, best.size);
    best = point;
  }
  const trust = { first: first.size, guessed: never, rate, misses: zerosLike(rate) as Tensor };
  return choice({ best, history, trust, lost: never }, acceleration, {
    ...settings,
    done: settings.done - 1,
  });
}

/**
 * The safeguard of accelerated iterations. A guess is accepted only if it reduces |r| by a factor of L or more, as the step
 * from b to F(b) does. If it does not, the next point is F(b). A guess is made only while |r| is at most what the contraction
 * guarantees `allowance` - 1 evaluations earlier. So after n evaluations, apart from rounding,
 *
 *     |r| <= L^(n - 1 - allowance) |r_1|.
 *
 * This is at most `allowance` evaluations behind what is proven for the fixed-point iteration, however bad the guesses are. The
 * proof is by induction: a failed guess costs one evaluation, and a guess is made only where there is one to spare.
 *
 * The fixed-point iteration itself may be faster than proven. So guesses also stop for a while if too many of them have reduced
 * |r| by less than that iteration did when it was last seen.
 */
function accelerated(
  { best, trust, history }: Accelerated,
  evaluated: Evaluated,
  acceleration: Acceleration,
  settings: StepSettings,
): Accelerated {
  const { guessed } = trust;
  const contracted = lessEqual(evaluated.size, mul(best.size, settings.lipschitz * rounding));
  const lost = logicalAnd(guessed, logicalNot(contracted)) as Tensor;
  const learnt = acceleration.learn(history, { ...changeFrom(best, evaluated), lost });
  const kept: Evaluated = {
    f: choose(lost, best.f, evaluated.f),
    r: choose(lost, best.r, evaluated.r),
    size: choose(lost, best.size, evaluated.size),
    rounding: choose(lost, best.rounding, evaluated.rounding),
  };
  const ratio = div(evaluated.size, best.size) as Tensor;
  const missed = logicalAnd(guessed, logicalNot(lessEqual(ratio, trust.rate)));
  const misses = add(trust.misses, cast(missed as Tensor, "float32")) as Tensor;
  const rate = choose(guessed, trust.rate, ratio);
  return choice(
    { best: kept, history: learnt, trust: { ...trust, rate, misses }, lost },
    acceleration,
    settings,
  );
}

function choice(
  { best, history, trust, lost }: Pick<Accelerated, "best" | "history" | "trust"> & { readonly lost: Tensor },
  acceleration: Acceleration,
  { lipschitz, done }: StepSettings,
): Accelerated {
  const { first, misses } = trust;
  const inTime = lessEqual(best.size, mul(first, lipschitz ** (done + 1 - allowance) * rounding));
  const sensible = logicalAnd(inTime, lessEqual(misses, missesAfter(done + 1)));
  const guessed = logicalAnd(sensible, logicalNot(lost)) as Tensor;
  const further = add(best.f, acceleration.correction(history, best.r)) as Tensor;
  return { next: choose(guessed, further, best.f), best, trail: [], history, trust: { ...trust, guessed } };
}

function changeFrom(before: Evaluated, { f, r }: Evaluated): { df: Tensor; dr: Tensor } {
  return { df: sub(f, before.f), dr: sub(r, before.r) };
}
