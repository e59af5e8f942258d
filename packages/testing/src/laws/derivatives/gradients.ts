import { dispose } from "@invertible/ops";
import type { Call } from "@invertible/bijection";
import { forwardOf, inverseOf } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { modesOf } from "../../measures/estimates.ts";
import { FiniteDifference } from "../../measures/finite-difference.ts";
import type { Disagreement } from "../../measures/finite-difference.ts";
import { gradientsOf } from "../../measures/gradients-of.ts";
import { demand } from "../../law-violation.ts";
import { ratioOf } from "../../measured.ts";
import type { Measured } from "../../measured.ts";
import type { Law } from "../../law.ts";
import { demandFinite, difference, euclidean, example, rowsOf, short } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import type { ProbeLoss } from "../../measures/probe-loss.ts";
import { ladder } from "../../trial/hard-values.ts";
import type { Trial } from "../../trial/trial.ts";
import { checkEstimatedGradients, sameEstimatesInTraining } from "./estimated-gradients.ts";
import { noInverse } from "../exemptions.ts";

const batch = 3;
/** One of them must agree: the wide one averages rounding out, the narrow one stays between kinks. */
const steps = [2e-2, 4e-3, 1e-3];
/** Also between kinks that lie close, where `smooth` is false. */
const narrowStep = 2e-4;
const kinkedTolerance = 2e-2;
/** Of two gradients of one function by other operations, relative to their size. */
const sameGradient = 1e-4;

async function checkGradients(trial: Trial, direction: Direction): Promise<void> {
  const modes = await modesOf(trial, direction);
  const kind = modes[0]!.logDet;
  const exact = kind === "exact";
  const terms = exact ? "value and log-det" : "value";
  await checkAt(trial, direction, probeLoss(trial, direction, batch, terms), "typical inputs");
  // At the edges of a domain of its own there is no room for finite differences.
  const tails = direction.name === "forward" ? trial.options.tails : trial.options.outputTails;
  if (tails === undefined)
    await checkAt(
      trial,
      direction,
      probeLoss(trial, direction, 4, terms, ladder(direction.fromShape)),
      "hard inputs",
    );
  if (exact && modes.length > 1)
    await checkAt(trial, direction, probeLoss(trial, direction, batch, "value"), "typical inputs");
  for (const { training, logDet } of modes)
    if (logDet === "estimated") await checkEstimatedGradients(trial, direction, training);
  if (kind === "estimated" && modes.length === 1 && !(await sameEstimatesInTraining(trial, direction)))
    await checkEstimatedGradients(trial, direction, true);
}

/** In evaluation and in training, which may take other ways to the same gradient. Frees the loss. */
async function checkAt(trial: Trial, direction: Direction, loss: ProbeLoss, where: string): Promise<void> {
  try {
    const evaluation = await gradientsOf(loss, trial.call());
    const rounds = where === "typical inputs" ? [0, 1] : [2];
    for (const [name, gradient] of Object.entries(evaluation)) {
      const what = `gradient of ${name}, ${where}`;
      demandFinite(what, gradient);
      for (const round of rounds)
        await compare(trial, direction, loss, { name, what, round, gradient, call: trial.call() });
    }
    const call = { ...trial.call(), training: true };
    for (const [name, gradient] of Object.entries(await gradientsOf(loss, call))) {
      const what = `gradient of ${name} in training, ${where}`;
      demandFinite(what, gradient);
      const from = evaluation[name]!;
      if (euclidean(difference(gradient, from)) <= sameGradient * euclidean(from)) continue;
      await compare(trial, direction, loss, { name, what, round: 0, gradient, call });
    }
  } finally {
    loss.dispose();
  }
}

interface Compared {
  readonly name: string;
  readonly what: string;
  /** Each has a random direction of its own. */
  readonly round: number;
  readonly gradient: Float32Array;
  readonly call: Call;
}

async function compare(trial: Trial, direction: Direction, loss: ProbeLoss, of: Compared): Promise<void> {
  const { name, what, round, gradient, call } = of;
  const smooth = trial.options.smooth ?? true;
  const tolerance = smooth ? trial.tolerances.gradient : Math.max(kinkedTolerance, trial.tolerances.gradient);
  const size = tolerance * euclidean(gradient);
  const random = trial.random.fold("direction").fold(name).fold(round);
  const along = random.normal(loss.variables[name]!.shape);
  const dots = random.normalArray(gradient.length);
  const received = gradient.reduce((total, value, i) => total + value * dots[i]!, 0);
  const attempts: string[] = [];
  const errors: number[] = [];
  let nearest: Measured = { what, value: Infinity, allowed: 0 };
  const agrees = ({ error, rounding }: Disagreement, step: number) => {
    const bound = size + rounding;
    errors.push(Math.abs(error));
    attempts.push(`${received + error} +- ${short(bound)} with step ${step}`);
    const measured = { what, value: Math.abs(error), allowed: bound };
    if (ratioOf(measured) < ratioOf(nearest)) nearest = measured;
    return measured.value <= bound;
  };
  const agreed = await FiniteDifference.along(
    loss.variables[name]!,
    along,
    gradient,
    () => loss.number(call),
    async (finite) => {
      for (const step of smooth ? steps : [...steps, narrowStep])
        if (agrees(await finite.central(step), step)) return true;
      // Where slopes have kinks, the error shrinks with the step; that of a wrong gradient stays.
      if (smooth && errors[2]! < 0.5 * errors[1]! && agrees(await finite.central(narrowStep), narrowStep))
        return true;
      return isAtKink(await finite.oneSided(narrowStep), size);
    },
  );
  dispose(along);
  // At a kink the gradient is right although no difference agrees with it.
  if (!agreed || nearest.value <= nearest.allowed) trial.record(nearest);
  const input = await rowsOf(loss.input);
  demand(
    agreed,
    () => `${what}: expected ${attempts.join(", ")} by finite differences, received ${received}`,
    () => ({ input: example(direction.from, input[0]!, 0), ratio: ratioOf(nearest) }),
  );
}

/** Where left and right differ, every number between the two is a derivative. */
function isAtKink([left, right]: readonly [Disagreement, Disagreement], bound: number): boolean {
  const rounding = left.rounding + right.rounding;
  if (!(Math.abs(left.error - right.error) > rounding)) return false;
  const room = bound + rounding;
  return Math.min(left.error, right.error) <= room && Math.max(left.error, right.error) >= -room;
}

const hint =
  "set `smooth: false` where it has kinks, `sample` where it has a domain of its own, or `skip` with the reason";

export const gradientsLaw = {
  name: "gradients",
  statement:
    "reverse mode gives the derivative of forward's value and log-det in the input and in every parameter, each " +
    "example by its own weight, near 0 and far out, also in training",
  hint,
  check: (trial) => checkGradients(trial, forwardOf(trial)),
} as const satisfies Law;

export const inverseGradientsLaw = {
  name: "inverse gradients",
  statement: "reverse mode gives the derivative of the inverse's value and log-det, likewise",
  hint,
  exempt: noInverse,
  check: (trial) => checkGradients(trial, inverseOf(trial)),
} as const satisfies Law;
