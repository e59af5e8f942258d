import type { Call } from "@invertible/bijection";
import { dispose, div, mul, sum, valueAndGradients } from "@invertible/ops";
import type { Direction } from "../../trial/direction.ts";
import { defaultKeys, replicas, replicate, standardErrors } from "../../measures/estimates.ts";
import { gradientsOf } from "../../measures/gradients-of.ts";
import { exactLogDets } from "../../measures/exact-log-det.ts";
import { FiniteDifference } from "../../measures/finite-difference.ts";
import { demandWithin } from "../../law-violation.ts";
import { difference, euclidean, meanAndStandardError, numbersOf, short } from "../../measures/numbers.ts";
import { probeLoss } from "../../measures/probe-loss.ts";
import type { ProbeLoss } from "../../measures/probe-loss.ts";
import type { Trial } from "../../trial/trial.ts";

const batch = 3;
const step = 2e-2;
/** Relative error of a float32 Jacobian's determinant, for the finite differences. */
const jacobianRounding = 2e-6;

/**
 * The gradient of an estimated log-det, averaged over keys, against finite differences of the exact one: within four
 * standard errors, and the allowed bias relative to the gradient's size.
 *
 * An estimator need not be differentiable key by key: value and gradient may be two estimators with one target.
 */
export async function checkEstimatedGradients(
  trial: Trial,
  direction: Direction,
  training: boolean,
): Promise<void> {
  const loss = probeLoss(trial, direction, batch, "value");
  try {
    const { draws, means } = await gradientDraws(trial, direction, loss, training);
    for (const name of Object.keys(loss.variables)) {
      const along = directionFor(trial, loss, name);
      const { error, rounding } = await FiniteDifference.along(
        loss.variables[name]!,
        along,
        means[name]!,
        () => exactLoss(trial, direction, loss),
        (finite) => finite.central(step),
      );
      dispose(along);
      const { mean, standardError } = meanAndStandardError(draws[name]!);
      const biased = trial.bijection.traits.logDet === "biased" || training;
      const relative = biased ? trial.tolerances.biasedGradient : trial.tolerances.gradient;
      const bound = standardErrors * standardError + relative * euclidean(means[name]!) + rounding;
      demandWithin(
        trial,
        { what: `log-det gradient of ${name}, on average`, value: Math.abs(error), allowed: bound },
        () =>
          `log-det gradient of ${name}, ${training ? "training" : "evaluation"}: expected ${mean + error} by finite ` +
          `differences of the exact one, received ${mean} on average of ${draws[name]!.length} keys, allowed ${short(bound)}`,
        { hint: "raise `keys`, or set `trainingLogDetBias` where training is biased" },
      );
    }
  } finally {
    loss.dispose();
  }
}

const keyOf = (trial: Trial, name: string) => trial.random.fold("direction").fold(name);

function directionFor(trial: Trial, loss: ProbeLoss, name: string) {
  return keyOf(trial, name).normal(loss.variables[name]!.shape);
}

/** sum_b w_b * (mean of example b's estimates) */
function estimate(direction: Direction, loss: ProbeLoss, call: Call) {
  const { input, condition, logDetWeights } = loss;
  const { logDet } = direction.results(replicate(input), {
    ...call,
    ...(condition && { condition: replicate(condition) }),
  });
  return div(sum(mul(logDet!, replicate(logDetWeights))), replicas);
}

/** Directional derivatives key by key, and the mean gradient of each variable. */
async function gradientDraws(trial: Trial, direction: Direction, loss: ProbeLoss, training: boolean) {
  const entries = Object.entries(loss.variables);
  const alongs = entries.map(([name, variable]) => keyOf(trial, name).normalArray(variable.size));
  const draws: Record<string, number[]> = Object.fromEntries(entries.map(([name]) => [name, []]));
  const means = Object.fromEntries(
    entries.map(([name, variable]) => [name, new Float64Array(variable.size)]),
  );
  const count = trial.options.keys ?? defaultKeys;
  for (let key = 0; key < count; key++) {
    const call = { ...trial.call(`draw ${key}`), training };
    const result = valueAndGradients(() => estimate(direction, loss, call), Object.values(loss.variables));
    for (const [i, [name]] of entries.entries()) {
      const gradient = await numbersOf(result.gradients[i]!);
      draws[name]!.push(gradient.reduce((total, value, at) => total + value * alongs[i]![at]!, 0));
      gradient.forEach((value, at) => (means[name]![at]! += value / count));
    }
    dispose([result.value, ...result.gradients]);
  }
  return { draws, means };
}

async function exactLoss(trial: Trial, direction: Direction, loss: ProbeLoss) {
  const call = { ...trial.call(), ...(loss.condition && { condition: loss.condition }) };
  const logDets = await exactLogDets((x) => direction.value(x, call), loss.input);
  const weights = await numbersOf(loss.logDetWeights);
  const value = logDets.reduce((total, logDet, b) => total + logDet * weights[b]!, 0);
  return { value, rounding: jacobianRounding * Math.max(1, euclidean(logDets)) };
}

/** Whether single draws have the same gradient in training as in evaluation, so that one of the two need be judged. */
export async function sameEstimatesInTraining(trial: Trial, direction: Direction): Promise<boolean> {
  const loss = probeLoss(trial, direction, batch, "value and log-det");
  try {
    const [evaluation, training] = [
      await gradientsOf(loss, trial.call()),
      await gradientsOf(loss, { ...trial.call(), training: true }),
    ];
    return Object.entries(evaluation).every(
      ([name, gradient]) =>
        euclidean(difference(training[name]!, gradient)) <= 1e-4 * Math.max(euclidean(gradient), 1e-6),
    );
  } finally {
    loss.dispose();
  }
}
