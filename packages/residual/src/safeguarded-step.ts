import {
  add,
  cast,
  div,
  lessEqual,
  logicalAnd,
  logicalNot,
  mul,
  ones,
  reshape,
  sub,
  where,
  zeros,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import type { Acceleration, History } from "./acceleration.ts";
import { rowNorms } from "./row-norms.ts";

/** An evaluated point b of each row: F(b) = y - g(b), and r(b) = F(b) - b. */
export interface Evaluated {
  /** F(b), [R, d]: what is returned, at most L/(1-L) |r(b)| from the solution. */
  readonly f: Tensor;
  /** [R, d] */
  readonly r: Tensor;
  /** |r(b)|_p, [R, 1] */
  readonly size: Tensor;
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
  /** The best point so far; none before the first evaluation. */
  readonly best?: Evaluated;
  /** Only where guesses are made. */
  readonly trust?: Trust;
  readonly history: History;
}

export interface StepSettings {
  /** g, [R, ...shape] to the same */
  readonly g: (x: Tensor) => Tensor;
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

/** |r(F(b))| <= L |r(b)| holds up to rounding. */
const rounding = 1 + 2 ** -20;
/** Evaluations that guesses may fall behind what the contraction promises. */
const allowance = 2;
/** After n evaluations, guesses that may have done worse than F(b) would have: against a method that does not suit. */
const missesAfter = (n: number) => 4 + n / 8;

/** One evaluation, and the choice of the next point. */
export function advance(progress: Progress, settings: StepSettings): Progress & { readonly best: Evaluated } {
  const { g, y, shape, norm, acceleration } = settings;
  const x = progress.next;
  const f = sub(y, reshape(g(reshape(x, [-1, ...shape])), y.shape)) as Tensor;
  const r = sub(f, x) as Tensor;
  const size = rowNorms(r, norm);
  const best: Evaluated = { f, r, size };
  if (acceleration === undefined) return { next: f, best, history: [] };
  if (progress.best && progress.trust)
    return accelerated(
      { ...progress, best: progress.best, trust: progress.trust },
      best,
      acceleration,
      settings,
    );
  const column = size.shape as [number, number];
  const trust = { first: size, guessed: zeros(column, "bool"), rate: ones(column), misses: zeros(column) };
  return { next: f, best, history: [], trust: trust as Trust };
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
  { best, trust, history }: Progress & { readonly best: Evaluated; readonly trust: Trust },
  evaluated: Evaluated,
  acceleration: Acceleration,
  { lipschitz, done }: StepSettings,
): Progress & { readonly best: Evaluated } {
  const { first, guessed } = trust;
  const contracted = lessEqual(evaluated.size, mul(best.size, lipschitz * rounding));
  const lost = logicalAnd(guessed, logicalNot(contracted)) as Tensor;
  const kept: Evaluated = {
    f: where(lost, best.f, evaluated.f),
    r: where(lost, best.r, evaluated.r),
    size: where(lost, best.size, evaluated.size),
  };

  const change = { df: sub(evaluated.f, best.f) as Tensor, dr: sub(evaluated.r, best.r) as Tensor, lost };
  const learnt = acceleration.learn(history, change);

  const ratio = div(evaluated.size, best.size) as Tensor;
  const missed = logicalAnd(guessed, logicalNot(lessEqual(ratio, trust.rate)));
  const misses = add(trust.misses, cast(missed as Tensor, "float32")) as Tensor;
  const inTime = lessEqual(kept.size, mul(first, lipschitz ** (done + 1 - allowance) * rounding));
  const sensible = logicalAnd(inTime, lessEqual(misses, missesAfter(done + 1)));
  const guess = logicalAnd(sensible, logicalNot(lost)) as Tensor;

  const further = add(kept.f, acceleration.correction(learnt, kept.r));
  return {
    next: where(guess, further, kept.f),
    best: kept,
    history: learnt,
    trust: { first, guessed: guess, rate: where(guessed, trust.rate, ratio), misses },
  };
}
