import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { forwardOf, inverseOf } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { allowedBias, logDetDraws, modesOf, standardErrors } from "../../measures/estimates.ts";
import { exactLogDets } from "../../measures/exact-log-det.ts";
import { demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { example, meanAndStandardError, numbersOf, rowsOf, short } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";
import { checkHardLogDets } from "./hard-log-dets.ts";
import { toleranceOf } from "./tolerance.ts";
import { either, estimatedLogDet, noInverse, noLogDet } from "../exemptions.ts";

const batch = 4;

async function checkAgainstJacobian(trial: Trial, direction: Direction): Promise<void> {
  const x = direction.sample(batch, trial.random.fold("log-det"));
  try {
    const expected = await exactLogDets((input) => direction.value(input, trial.call()), x);
    for (const { training, logDet } of await modesOf(trial, direction))
      if (logDet === "exact") await compareExact(trial, direction, x, expected);
      else await compareEstimates(trial, direction, x, expected, training);
  } finally {
    dispose(x);
  }
  await checkHardLogDets(trial, direction);
}

async function compareExact(trial: Trial, direction: Direction, x: Tensor, expected: number[]) {
  const results = direction.results(x, trial.call());
  const received = await numbersOf(results.logDet!);
  dispose(Object.values(results));
  const inputs = await rowsOf(x);
  expected.forEach((exact, i) => {
    const bound = toleranceOf(trial, exact);
    const error = Math.abs(received[i]! - exact);
    demandWithin(
      trial,
      { what: `${direction.name} at typical inputs`, value: error, allowed: bound },
      () =>
        `${direction.name}: expected ${exact} +- ${short(bound)} by the Jacobian, received ${received[i]}`,
      () => ({ input: example(direction.from, inputs[i]!, i) }),
    );
  });
}

async function compareEstimates(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  expected: number[],
  training: boolean,
) {
  const draws = await logDetDraws(trial, direction, x, training);
  const bias = allowedBias(trial, training);
  expected.forEach((exact, i) => {
    const { mean, standardError } = meanAndStandardError(draws.map((draw) => draw[i]!));
    const bound = standardErrors * standardError + bias + toleranceOf(trial, exact);
    demandWithin(
      trial,
      {
        what: `${direction.name}'s average${training ? " in training" : ""}`,
        value: Math.abs(mean - exact),
        allowed: bound,
      },
      () =>
        `${direction.name}, ${training ? "training" : "evaluation"}, example ${i}: expected ${exact} by the Jacobian, ` +
        `received ${mean} on average of ${draws.length} keys, ${standardErrors} standard errors and bias allow ${short(bound)}`,
      { hint: "set `traits.logDetBias`, or `trainingLogDetBias` for training" },
    );
  });
}

export const logDetLaw = {
  name: "log-det",
  statement:
    "forward's log-det is that of the exact Jacobian, or estimates it as its trait claims, near 0 and far out",
  hint: "set `sample` to inputs of its domain",
  exempt: noLogDet,
  check: (trial) => checkAgainstJacobian(trial, forwardOf(trial)),
} as const satisfies Law;

export const inverseLogDetLaw = {
  name: "inverse log-det",
  statement: "inverse's log-det is that of the exact Jacobian of the inverse, or estimates it, likewise",
  hint: "set `sampleOutput` to outputs that it has",
  exempt: either(noInverse, noLogDet),
  check: (trial) => checkAgainstJacobian(trial, inverseOf(trial)),
} as const satisfies Law;

export const logDetsCancel = {
  name: "log-dets cancel",
  statement: "the log-dets of forward at x and of inverse at forward(x) add up to 0",
  exempt: either(noInverse, noLogDet, estimatedLogDet),
  async check(trial) {
    const x = trial.sample(batch, trial.random.fold("cancel"));
    const there = trial.bijection.forwardAndLogDet(x, trial.call());
    const back = trial.bijection.inverseAndLogDet(there.y, trial.call());
    const [forward, inverse] = [await numbersOf(there.logDet), await numbersOf(back.logDet)];
    dispose([x, there.y, there.logDet, back.x, back.logDet]);
    forward.forEach((value, i) => {
      const bound = toleranceOf(trial, value);
      demandWithin(
        trial,
        { what: "the sum of both", value: Math.abs(value + inverse[i]!), allowed: bound },
        () => `example ${i}: expected 0 +- ${short(bound)}, received ${value} + ${inverse[i]}`,
      );
    });
  },
} as const satisfies Law;
