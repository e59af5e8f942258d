import { solveInverse } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand, demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, example, indexOfLargest, relativeErrors, rowsOf, short } from "../../measures/numbers.ts";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import type { Trial } from "../../trial/trial.ts";
import { checkBatchStatistics, proposesState } from "./batch-statistics.ts";

const batch = 3;
/** Steps of a solver may be counted by other constants in training; else only the order of sums may differ. */
const rounding = 1e-5;
/** More than what a hidden counter may need to show. */
const repetitions = 8;

export const trainingLaw = {
  name: "training",
  statement:
    "forward and inverse give the same values in training as in evaluation, again and again, whatever the key; or, by their trait, " +
    "once the state has settled on a batch; log-dets are finite and repeat, and evaluation is the same after training as before",
  async check(trial) {
    for (const direction of directions(trial)) {
      const x = direction.sample(batch, trial.random.fold("training"));
      try {
        const byBatch =
          trial.bijection.traits.trainingMap === "batch-statistics" && proposesState(trial, direction, x);
        await checkDirection(trial, direction, x, byBatch);
        if (byBatch) await checkBatchStatistics(trial, direction, x);
        if (direction.name === "inverse") await checkSolve(trial, x);
      } finally {
        dispose(x);
      }
    }
  },
} as const satisfies Law;

async function checkDirection(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  byBatch: boolean,
): Promise<void> {
  const evaluate = async (training: boolean, key = 0) => {
    const results = direction.results(x, { ...trial.call(key), training });
    const { value, logDet } = results;
    const rows = { value: await rowsOf(value), logDet: logDet ? await rowsOf(logDet) : [] };
    dispose(Object.values(results));
    return rows;
  };
  const inputs = await rowsOf(x);
  const same = (what: string, received: Float32Array[], expected: Float32Array[], allowed: number) => {
    const errors = relativeErrors(received, expected);
    const worst = indexOfLargest(errors);
    demandWithin(
      trial,
      { what: `${direction.name}'s ${what}`, value: errors[worst]!, allowed },
      () =>
        `${direction.name}'s ${what}: expected that of evaluation, received a difference of ${short(errors[worst]!)}`,
      () => ({ input: example(direction.from, inputs[worst]!, worst) }),
    );
  };
  const evaluation = await evaluate(false);
  const first = await evaluate(true);
  const expected = byBatch ? first : evaluation;
  same("value in training", first.value, expected.value, rounding);
  const alone = direction.value(x, { ...trial.call(), training: true });
  same("value in training, without a log-det", await rowsOf(alone), expected.value, rounding);
  dispose(alone);
  if (!trial.stochastic)
    same("value in training, with another key", (await evaluate(true, 1)).value, expected.value, rounding);
  first.logDet.forEach(([value], i) =>
    demand(
      Number.isFinite(value),
      () => `${direction.name}'s log-det in training: expected a finite number, received ${value}`,
      () => ({ input: example(direction.from, inputs[i]!, i) }),
    ),
  );
  for (let n = 2; n <= repetitions; n++) {
    const again = await evaluate(true);
    for (const of of ["value", "logDet"] as const)
      demand(
        again[of].every((row, i) => bitEqual(row, first[of][i]!)),
        `${direction.name}'s ${of} in training: expected the same bits in call ${n} with one key, received others`,
      );
  }
  const after = await evaluate(false);
  for (const of of ["value", "logDet"] as const)
    demand(
      after[of].every((row, i) => bitEqual(row, evaluation[of][i]!)),
      `${direction.name}'s ${of} in evaluation: expected the same bits after calls in training, received others`,
    );
}

async function checkSolve(trial: Trial, y: Tensor): Promise<void> {
  const { bijection, call, tolerances } = trial;
  if (bijection.traits.inverse !== "iterative" && !bijection.solver) return;
  const { x: evaluation } = await solveInverse(bijection, y, call());
  const { x: training } = await solveInverse(bijection, y, { ...call(), training: true });
  const [expected, received] = [await rowsOf(evaluation), await rowsOf(training)];
  dispose([evaluation, training]);
  const errors = relativeErrors(received, expected);
  const worst = indexOfLargest(errors);
  demandWithin(
    trial,
    { what: "solveInverse's x in training", value: errors[worst]!, allowed: 2 * tolerances.roundTrip },
    () =>
      `solveInverse's x in training: expected that of evaluation, received a difference of ${short(errors[worst]!)}`,
    () => ({ input: example("x", expected[worst]!, worst) }),
  );
}
