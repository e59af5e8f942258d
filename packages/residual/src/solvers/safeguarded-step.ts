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

/** An evaluated point b of each row: F(b) = y - g(b), and r(b) = F(b) - b. */
export interface Evaluated {
  /** F(b), [R, d]: what is returned, at most L/(1-L) |r(b)| from the solution. */
  readonly f: Tensor;
  /** [R, d] */
  readonly r: Tensor;
  /** |r(b)|_p, [R, 1] */
  readonly size: Tensor;
  /** What float32 may be off in g(b), [R, 1]; see `Rounded`. */
  readonly rounding: Tensor;
}

/** What decides about guesses, each [R, 1]. */
export interface Trust {
  /** |r| of the first point. */
  readonly first: Tensor;
  /** Whether the next point is a guess rather than F(b). */
  readonly guessed: Tensor;
  /** |r(F(b))| / |r(b)| where F(b) was last evaluated. */
  readonly rate: Tensor;
  /** Guesses that did worse than that. */
  readonly misses: Tensor;
}

/** Where an iteration stands between two evaluations. */
export interface Progress {
  /** [R, d], the point to evaluate next. */
  readonly next: Tensor;
  /** The points evaluated so far, while guesses have not begun and are to. */
  readonly trail: readonly Evaluated[];
  /** The best point so far; none before the first evaluation. */
  readonly best?: Evaluated;
  /** Once guesses have begun. */
  readonly trust?: Trust;
  readonly history: History;
}

export interface StepSettings {
  /** g, [R, ...shape] to the same */
  readonly g: (x: Tensor) => Rounded;
  /** [R, d] */
  readonly y: Tensor;
  readonly shape: Shape;
  readonly lipschitz: number;
  readonly norm: VectorNorm;
  /** None: plain fixed-point iteration. */
  readonly acceleration: Acceleration | undefined;
  /** Evaluations before this one. */
  readonly done: number;
}

type Started = Progress & { readonly best: Evaluated };
type Accelerated = Started & { readonly trust: Trust };

/**
 * Evaluations of the plain iteration before the first guess, which then builds on all of them. Where these suffice, as in most
 * trained blocks, accelerating would only cost.
 */
export const plainEvaluations = 4;
/** |r(F(b))| <= L |r(b)| holds up to rounding. */
const rounding = 1 + 2 ** -20;
/** Evaluations that guesses may fall behind what the contraction promises. */
const allowance = 2;
/** After n evaluations, guesses that may have done worse than F(b) would have: against a method that does not suit. */
const missesAfter = (n: number) => Math.min(n / 4, 4 + n / 8);

/** One evaluation, and the choice of the next point. */
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

/** The first guess, from what the plain iteration has shown. */
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
 * The safeguard. A guess is taken only if |r| falls by L or more, as it does from b to F(b) (otherwise the next point is F(b)),
 * and made only while |r| is at most what the contraction promises `allowance` - 1 evaluations earlier. So after n
 * evaluations, rounding aside,
 *
 *     |r| <= L^(n - 1 - allowance) |r_1|:
 *
 * at most `allowance` evaluations behind what is proven of the fixed-point iteration, whatever the guesses are worth. By
 * induction: a guess that fails costs one evaluation, and is made only where there is one to spare.
 *
 * The fixed-point iteration itself may be faster than proven. So guesses also end, for a while, when too many have contracted less
 * than it did when last seen.
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
