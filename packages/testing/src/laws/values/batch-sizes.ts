import { solveInverse } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { rowsOf } from "../../measures/numbers.ts";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { conditionsOfRows, slicedRows } from "../../trial/rows.ts";
import type { Trial } from "../../trial/trial.ts";
import { checkBatchGradients } from "./batch-gradients.ts";
import { demandSameRows } from "./same-rows.ts";

/** More than any block that a kernel or a loop may be cut into. */
const many = 260;
/** One, odd, even, a power of two, just above 128; from places all over the large batch. */
const parts: readonly (readonly [begin: number, count: number])[] = [
  [0, 1],
  [5, 3],
  [17, 16],
  [100, 33],
  [129, 1],
  [131, 129],
];
/** Kernels may sum in another order for another size. */
const rounding = 1e-5;

export const batchSizesLaw = {
  name: "batch sizes",
  statement: `an example's results and gradients are the same alone, in small batches and in one of ${many}`,
  async check(trial) {
    for (const direction of directions(trial)) {
      const x = direction.sample(many, trial.random.fold("batch sizes"));
      try {
        await checkResults(trial, direction, x);
        await checkBatchGradients(trial, direction, x);
        if (direction.name === "inverse") await checkSolve(trial, x);
      } finally {
        dispose(x);
      }
    }
  },
} as const satisfies Law;

type Results = Readonly<Record<string, readonly Float32Array[]>>;

async function resultsOf(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  begin: number,
  count: number,
): Promise<Results> {
  const given = conditionsOfRows(trial, begin, count);
  const part = slicedRows(x, begin, count);
  const { value, logDet } = direction.results(part, { ...trial.call(), ...given });
  const results = { value: await rowsOf(value), ...(logDet && { "log-det": await rowsOf(logDet) }) };
  dispose([part, value, ...(logDet ? [logDet] : []), ...Object.values(given)]);
  return results;
}

async function checkResults(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  // Noise is drawn by position: the examples of a stochastic layer must stay where they are.
  const places = trial.stochastic ? parts.map(([, count]) => [0, count] as const) : parts;
  // The first before the large batch, which may leave something behind.
  const early = await resultsOf(trial, direction, x, ...places[1]!);
  const whole = await resultsOf(trial, direction, x, 0, many);
  compare(trial, direction, whole, early, places[1]!);
  for (const place of places)
    compare(trial, direction, whole, await resultsOf(trial, direction, x, ...place), place);
}

function compare(
  trial: Trial,
  direction: Direction,
  whole: Results,
  part: Results,
  [begin, count]: readonly [number, number],
): void {
  for (const [of, rows] of Object.entries(part)) {
    if (of === "log-det" && trial.bijection.traits.logDet !== "exact") {
      const bad = rows.findIndex(([value]) => !Number.isFinite(value));
      demand(
        bad < 0,
        () =>
          `${direction.name}'s log-det in a batch of ${count}: expected finite numbers, received ${rows[bad]![0]}`,
      );
      continue;
    }
    demandSameRows(trial, `${direction.name}'s ${of}`, whole[of]!, rows, begin, rounding);
  }
}

/** solveInverse in a large batch and alone: as near to each other as their tolerances say. */
async function checkSolve(trial: Trial, y: Tensor): Promise<void> {
  const { bijection, tolerances } = trial;
  if (bijection.traits.inverse !== "iterative" && !bijection.solver) return;
  const solvedRows = async (begin: number, count: number) => {
    const given = conditionsOfRows(trial, begin, count);
    const part = slicedRows(y, begin, count);
    const { x, evidence } = await solveInverse(bijection, part, { ...trial.call(), ...given });
    const rows = await rowsOf(x);
    dispose([part, x, ...Object.values(given)]);
    for (const { layer, rows: own } of evidence)
      demand(
        own.length === count,
        `solveInverse of ${count} examples: expected as many rows of evidence of ${layer}, received ${own.length}`,
      );
    return rows;
  };
  const whole = await solvedRows(0, 134);
  for (const [begin, count] of [
    [0, 1],
    [129, 3],
  ] as const)
    demandSameRows(
      trial,
      "solveInverse's x",
      whole,
      await solvedRows(begin, count),
      begin,
      2 * tolerances.roundTrip,
    );
}
