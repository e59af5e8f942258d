import { add, lessEqual, logicalAnd, logicalNot, mul, reshape, sub, where, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
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

/** Where an iteration stands between two evaluations. */
export interface Progress {
  /** [R, d], the point to evaluate next. */
  readonly next: Tensor;
  /** The best point so far; none before the first evaluation. */
  readonly best?: Evaluated;
  /** |r| of the first point, [R, 1] */
  readonly first?: Tensor;
  /** [R, 1], whether `next` is a guess rather than F(best). */
  readonly guessed?: Tensor;
  readonly history: History;
}

export interface StepSettings {
  /** g, [R, ...shape] to the same */
  readonly g: (x: Tensor) => Tensor;
  /** [R, d] */
  readonly y: Tensor;
  readonly shape: readonly number[];
  readonly lipschitz: number;
  readonly norm: VectorNorm;
  /** None: plain fixed-point iteration. */
  readonly acceleration: Acceleration | undefined;
  /** Evaluations before this one. */
  readonly done: number;
}

/** |F(F(b)) - F(b)| <= L |F(b) - b| holds up to rounding. */
const rounding = 1 + 2 ** -20;

/** One evaluation, and the choice of the next point. */
export function advance(progress: Progress, settings: StepSettings): Progress & { readonly best: Evaluated } {
  const { g, y, shape, norm, acceleration } = settings;
  const x = progress.next;
  const f = sub(y, reshape(g(reshape(x, [-1, ...shape])), y.shape)) as Tensor;
  const r = sub(f, x) as Tensor;
  const evaluated: Evaluated = { f, r, size: rowNorms(r, norm) };
  if (acceleration === undefined) return { next: f, best: evaluated, history: [] };
  const { best, guessed } = progress;
  if (best === undefined || guessed === undefined)
    return {
      next: f,
      best: evaluated,
      first: evaluated.size,
      guessed: zeros(evaluated.size.shape as number[], "bool"),
      history: [],
    };
  return accelerated({ ...progress, best, guessed }, evaluated, acceleration, settings);
}

/**
 * The safeguard. A guess is taken only if |r| falls by L or more, as it does from b to F(b) (otherwise the next point is F(b)),
 * and made only while |r| is at most what the contraction promises one evaluation later. So after n evaluations
 *
 *     |r| <= L^(n-2) |r_1|:
 *
 * at most one evaluation behind what is proven of the fixed-point iteration, whatever the guesses are worth. By induction: a
 * guess that fails costs one evaluation, and the next is made when that one is won back.
 */
function accelerated(
  progress: Progress & { readonly best: Evaluated; readonly guessed: Tensor },
  evaluated: Evaluated,
  acceleration: Acceleration,
  { lipschitz, done }: StepSettings,
): Progress & { readonly best: Evaluated } {
  const { best, guessed, first } = progress;
  const change = { df: sub(evaluated.f, best.f) as Tensor, dr: sub(evaluated.r, best.r) as Tensor };
  const history = acceleration.learn(progress.history, change);

  const contracted = lessEqual(evaluated.size, mul(best.size, lipschitz * rounding));
  const lost = logicalAnd(guessed, logicalNot(contracted)) as Tensor;
  const kept: Evaluated = {
    f: where(lost, best.f, evaluated.f),
    r: where(lost, best.r, evaluated.r),
    size: where(lost, best.size, evaluated.size),
  };
  const ahead = lessEqual(kept.size, mul(first!, lipschitz ** done * rounding));
  const guess = logicalAnd(logicalNot(lost), ahead) as Tensor;
  const next = where(guess, add(kept.f, acceleration.correction(history, kept.r)), kept.f) as Tensor;
  return { next, best: kept, first: first!, guessed: guess, history };
}
