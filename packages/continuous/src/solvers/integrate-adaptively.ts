import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import {
  abs,
  add,
  clone,
  dispose,
  div,
  max,
  maximum,
  mul,
  sizeOf,
  sqrt,
  square,
  sum,
  sumPerExample,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { combination, rungeKuttaStep } from "./runge-kutta-step.ts";
import type { Slope, SlopeFunction } from "./slope.ts";
import { stepControl } from "./step-control.ts";
import { tableaus } from "./tableau.ts";
import { tidied } from "./tidied.ts";

/** A solve to a tolerance. */
export interface AdaptiveProblem {
  readonly slope: SlopeFunction;
  /** The times of z and of the result. `to` may lie before `from`. */
  readonly from: number;
  readonly to: number;
  /** The state at `from`, [B, ...]. */
  readonly z: Tensor;
  readonly relativeTolerance: number;
  readonly absoluteTolerance: number;
  /** The length of the first step, as a fraction of the whole. */
  readonly firstFraction: number;
  /** The most steps to try. */
  readonly maxSteps: number;
  /** Starts error messages. */
  readonly where: string;
}

/** The result of a solve to a tolerance. The caller frees its tensors. */
export interface AdaptiveSolution {
  readonly z: Tensor;
  /** log|det| of the map from the initial z to this one, [B]. */
  readonly logDet: Tensor;
  /** For each row, the sum over all steps of the Euclidean length of the local error of (z, log-det), [B]. */
  readonly errors: Tensor;
  /** How often f was evaluated. */
  readonly evaluations: number;
  readonly accepted: number;
  readonly refused: number;
}

const { dopri5 } = tableaus;

/** A step this much shorter than the whole is down to the rounding of t in float32. */
const leastFraction = 1e-6;

/**
 * Solves dz/dt = f and the log-det by dopri5 with steps of chosen length, the same for all rows. A step is accepted if in every
 * row the error estimate e of the augmented state s = (z, log-det) satisfies
 *
 *     sqrt(mean_i (e_i / (absolute + relative * max(|s_i| before, |s_i| after)))^2) <= 1.
 *
 * So no row is less exact because of the others. After each attempted step one number is read back, asynchronously.
 *
 * @throws NotConvergedError at `maxSteps`, and where steps would have to be shorter than float32 can tell apart.
 * @throws NonFiniteError where no step length gives finite numbers.
 */
export async function integrateAdaptively(problem: AdaptiveProblem): Promise<AdaptiveSolution> {
  const { slope, from, to, where, maxSteps } = problem;
  const total = to - from;
  const control = stepControl(dopri5.order);
  let { state, first } = tidied(() => {
    const rows = () => zeros([problem.z.shape[0]!]) as Tensor;
    const state: State = { z: clone(problem.z), logDet: rows(), errors: rows() };
    return { state, first: slope(from, state.z) };
  });
  // An empty batch has arrived.
  let done = problem.z.size === 0 ? total : 0;
  let [h, evaluations, accepted, refused] = [total * problem.firstFraction, 1, 0, 0];
  try {
    while (done !== total) {
      if (accepted + refused === maxSteps)
        throw new NotConvergedError(
          `${where}: expected to arrive within maxSteps = ${maxSteps}, received ${Math.abs(done / total)} of the way; ` +
            "raise maxSteps or the tolerances",
        );
      // A rest that is hardly longer than the step is taken at once.
      const last = Math.abs(h) >= 0.999 * Math.abs(total - done);
      const length = last ? total - done : h;
      const attempt = attemptStep(problem, from + done, length, state, first);
      evaluations += dopri5.b.length;
      const error = await readNumber(attempt.error, [
        ...tensorsOf(attempt.next),
        ...slopeTensors(attempt.first),
      ]);
      if (error <= 1) {
        dispose([...tensorsOf(state), ...slopeTensors(first)]);
        ({ next: state, first } = attempt);
        accepted++;
        done = last ? total : done + length;
        h = length * control.accept(error);
        continue;
      }
      dispose([...tensorsOf(attempt.next), ...slopeTensors(attempt.first)]);
      refused++;
      h = length * control.refuse(error);
      if (Math.abs(h) < leastFraction * Math.abs(total)) failToStep(where, from + done, error);
    }
    return { ...state, evaluations, accepted, refused };
  } catch (reason) {
    dispose(tensorsOf(state));
    throw reason;
  } finally {
    dispose(slopeTensors(first));
  }
}

/** Reads and frees a scalar. If that fails, frees the others too. */
async function readNumber(scalar: Tensor, others: readonly Tensor[]): Promise<number> {
  try {
    return (await scalar.data())[0]!;
  } catch (reason) {
    dispose([...others]);
    throw reason;
  } finally {
    scalar.dispose();
  }
}

function failToStep(where: string, t: number, error: number): never {
  if (!Number.isFinite(error))
    throw new NonFiniteError(
      `${where}: expected finite numbers, received NaN or infinity at t = ${t}, however short the step`,
    );
  throw new NotConvergedError(
    `${where}: expected an error within the tolerances, received ${error} times as much at t = ${t}, where steps ` +
      "cannot become shorter in float32; raise the tolerances",
  );
}

interface State {
  readonly z: Tensor;
  readonly logDet: Tensor;
  readonly errors: Tensor;
}

const tensorsOf = ({ z, logDet, errors }: State) => [z, logDet, errors];
const slopeTensors = ({ z, trace }: Slope) => (trace ? [z, trace] : [z]);

/** One step with its error, relative to the tolerance, and the slope at its end. */
function attemptStep(
  problem: AdaptiveProblem,
  t: number,
  h: number,
  state: State,
  first: Slope,
): { next: State; error: Tensor; first: Slope } {
  const { slope, relativeTolerance: relative, absoluteTolerance: absolute } = problem;
  return tidied(() => {
    const { z, logDet: change, slopes } = rungeKuttaStep(dopri5, slope, t, h, state.z, first);
    const logDet = add(state.logDet, change!) as Tensor;
    const last = slope(t + h, z);
    const all = [...slopes, last];
    const errorOf = (xs: readonly (Tensor | undefined)[]) => combination(xs, dopri5.error, h)!;
    const e = errorOf(all.map((each) => each.z));
    const ofLogDet = errorOf(all.map(({ trace }) => trace));
    const scaled = (error: Tensor, before: Tensor, after: Tensor) =>
      square(div(error, add(mul(maximum(abs(before), abs(after)), relative), absolute)));
    const squares = add(
      sumPerExample(scaled(e, state.z, z)),
      scaled(ofLogDet, state.logDet, logDet),
    ) as Tensor;
    const numbers = sizeOf(z.shape.slice(1)) + 1;
    // `max` passes over NaN on some backends, and a sum does not.
    const nan = mul(sum(squares), 0);
    return {
      next: {
        z,
        logDet,
        errors: add(state.errors, sqrt(add(sumPerExample(square(e)), square(ofLogDet)))),
      },
      error: add(sqrt(div(max(squares), numbers)), nan) as Tensor,
      first: last,
    };
  });
}
