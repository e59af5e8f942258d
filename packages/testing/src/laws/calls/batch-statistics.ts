import { collectStateUpdates } from "@invertible/bijection";
import type { StateUpdates } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { demand, demandWithin } from "../../law-violation.ts";
import {
  bitEqual,
  example,
  indexOfLargest,
  numbersOf,
  relativeErrors,
  rowsOf,
} from "../../measures/numbers.ts";
import type { Direction, Results } from "../../trial/direction.ts";
import type { Trial } from "../../trial/trial.ts";

/** State has settled once no number of it changes by more than this part of itself, or of 1. */
const settled = 3e-7;
/** Enough for a momentum of 0.99. */
const mostSteps = 2000;
/** What is left of the way to a state that has settled, and the order of sums. */
const sameMap = 1e-4;

/** What a call in training proposes for the state. The caller disposes of it. */
function proposalsOf(trial: Trial, direction: Direction, x: Tensor): StateUpdates {
  const stateUpdates = collectStateUpdates();
  dispose(Object.values(direction.results(x, { ...trial.call(), training: true, stateUpdates })));
  return stateUpdates;
}

/** Whether a call in training wants to change state, so that it is judged by where the state settles. */
export function proposesState(trial: Trial, direction: Direction, x: Tensor): boolean {
  const stateUpdates = proposalsOf(trial, direction, x);
  const proposes = stateUpdates.proposed.size > 0;
  stateUpdates.dispose();
  return proposes;
}

/**
 * Where a training call depends on statistics of its batch: it proposes values for its state, and once the state has settled on a batch,
 * value and log-det in training are those of evaluation, and the inverse of evaluation undoes them.
 */
export async function checkBatchStatistics(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  await checkProposals(trial, direction, x);
  await settle(trial, direction, x);
  const inputs = await rowsOf(x);
  const within = (what: string, received: Float32Array[], expected: Float32Array[]) => {
    const errors = relativeErrors(received, expected);
    const worst = indexOfLargest(errors);
    demandWithin(
      trial,
      { what, value: errors[worst]!, allowed: sameMap },
      () =>
        `${what}, once the state has settled on a batch: expected that of evaluation, received ${received[worst]!.join(", ")} ` +
        `instead of ${expected[worst]!.join(", ")}`,
      () => ({ input: example(direction.from, inputs[worst]!, worst) }),
    );
  };
  const training = direction.results(x, { ...trial.call(), training: true });
  const evaluation = direction.results(x, trial.call());
  for (const [of, result] of Object.entries(training)) {
    const expected = evaluation[of as keyof Results]!;
    within(`${direction.name}'s ${of} in training`, await rowsOf(result), await rowsOf(expected));
  }
  dispose([...Object.values(training), ...Object.values(evaluation)]);
}

/** Proposals are finite numbers for the layer's own state, and the same with and without a log-det. */
async function checkProposals(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  const names = new Map(Object.entries(trial.bare.state).map(([name, variable]) => [variable, name]));
  const stateUpdates = proposalsOf(trial, direction, x);
  const alone = collectStateUpdates();
  dispose(direction.value(x, { ...trial.call(), training: true, stateUpdates: alone }));
  for (const [variable, next] of stateUpdates.proposed) {
    const name = names.get(variable);
    demand(
      name !== undefined,
      "a training call: expected values for the layer's own state, received another",
    );
    demand(
      next.dtype === variable.dtype && next.shape.join() === variable.shape.join(),
      `${name} in training: expected a value of ${variable.dtype} [${variable.shape.join()}], ` +
        `received ${next.dtype} [${next.shape.join()}]`,
    );
    const numbers = await numbersOf(next);
    demand(numbers.every(Number.isFinite), `${name} in training: expected finite numbers, received others`);
    const other = alone.proposed.get(variable);
    demand(
      other !== undefined && bitEqual(await numbersOf(other), numbers),
      `${name} in training: expected the same value with and without a log-det`,
    );
  }
  stateUpdates.dispose();
  alone.dispose();
}

/** Repeats a training call, and applies what it proposes, until the state stays. */
async function settle(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  for (let step = 0; step < mostSteps; step++) {
    const stateUpdates = proposalsOf(trial, direction, x);
    const changes = await Promise.all(
      [...stateUpdates.proposed].map(([variable, next]) => changeOf(variable, next)),
    );
    stateUpdates.apply();
    if (Math.max(...changes) <= settled) return;
  }
  demand(
    false,
    `expected the state to settle within ${mostSteps} training calls with one batch, received one that moves on`,
  );
}

/** The largest change, relative to the number or to 1. */
async function changeOf(variable: Variable, next: Tensor): Promise<number> {
  const [before, after] = [await numbersOf(variable), await numbersOf(next)];
  return after.reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value - before[i]!) / Math.max(1, Math.abs(value))),
    0,
  );
}
