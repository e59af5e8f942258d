import { solveInverse } from "@invertible/bijection";
import { dispose, mul, sum, tidy, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { example, indexOfLargest, relativeErrors, rowsOf, short } from "../../measures/numbers.ts";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { conditionsOfRows, slicedRows } from "../../trial/rows.ts";
import type { Trial } from "../../trial/trial.ts";

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
/** Of gradients, relative to the example's largest. */
const gradientRounding = 1e-3;

export const batchSizesLaw = {
  name: "batch sizes",
  statement: `an example's results and gradients are the same alone, in small batches and in one of ${many}`,
  async check(trial) {
    for (const direction of directions(trial)) {
      const x = direction.sample(many, trial.random.fold("batch sizes"));
      try {
        await checkResults(trial, direction, x);
        await checkGradients(trial, direction, x);
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
  const { value, logDet } = direction.both(part, { ...trial.call(), ...given });
  const results = { value: await rowsOf(value), "log-det": await rowsOf(logDet) };
  dispose([part, value, logDet, ...Object.values(given)]);
  return results;
}

async function checkResults(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  // Noise is drawn by position: the examples of a stochastic layer must stay where they are.
  const places = trial.stochastic ? parts.map(([, count]) => [0, count] as const) : parts;
  // The first before the large batch, which may leave something behind.
  const early = await resultsOf(trial, direction, x, ...places[1]!);
  const whole = await resultsOf(trial, direction, x, 0, many);
  compare(trial, direction, x, whole, early, places[1]!);
  for (const place of places)
    compare(trial, direction, x, whole, await resultsOf(trial, direction, x, ...place), place);
}

function compare(
  trial: Trial,
  direction: Direction,
  _x: Tensor,
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
    demandSameRows(`${direction.name}'s ${of}`, whole[of]!, rows, begin, rounding);
  }
}

function demandSameRows(
  what: string,
  whole: readonly Float32Array[],
  part: readonly Float32Array[],
  begin: number,
  allowed: number,
): void {
  const among = whole.slice(begin, begin + part.length);
  const errors = relativeErrors(part, among);
  const worst = indexOfLargest(errors);
  demand(
    errors[worst]! <= allowed,
    () =>
      `${what} of one example: expected the same in a batch of ${part.length} as in one of ${whole.length}, ` +
      `received a difference of ${short(errors[worst]!)}`,
    () => ({
      input: example("the result in the large batch", among[worst]!, begin + worst),
      ratio: errors[worst]! / allowed,
    }),
  );
}

/** Gradients in the input by example; those in the parameters add up over examples. */
async function checkGradients(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  const { bijection, random } = trial;
  const exact = bijection.traits.logDet === "exact";
  if (
    trial.stochastic ||
    trial.options.skip?.[direction.name === "forward" ? "gradients" : "inverse gradients"]
  )
    return;
  const count = 134;
  const names = Object.keys(bijection.parameters);
  const valueWeights = random.fold("weights").normal([count, ...direction.toShape]);
  const logDetWeights = random.fold("log-det weights").normal([count]);
  const gradientsAt = async (begin: number, size: number) => {
    const given = conditionsOfRows(trial, begin, size);
    const part = slicedRows(x, begin, size);
    const call = { ...trial.call(), ...given };
    const loss = (input: Tensor) => {
      const weights = slicedRows(valueWeights, begin, size);
      if (!exact) return sum(mul(direction.value(input, call), weights));
      const { value, logDet } = direction.both(input, call);
      return sum(mul(value, weights)).add(sum(mul(logDet, slicedRows(logDetWeights, begin, size)))) as Tensor;
    };
    const result = tidy(() =>
      valueAndGradients(() => loss(part), [part, ...Object.values(bijection.parameters)] as never),
    );
    const [input, ...parameters] = result.gradients;
    const numbers = {
      input: await rowsOf(input!),
      parameters: await Promise.all(parameters.map(async (g) => Float32Array.from(await g.data()))),
    };
    dispose([part, result.value, ...result.gradients, ...Object.values(given)]);
    return numbers;
  };
  try {
    const [whole, few, rest] = [
      await gradientsAt(0, count),
      await gradientsAt(0, 5),
      await gradientsAt(5, count - 5),
    ];
    demandSameRows(`${direction.name}'s gradient in the input`, whole.input, few.input, 0, gradientRounding);
    demandSameRows(`${direction.name}'s gradient in the input`, whole.input, rest.input, 5, gradientRounding);
    for (const [i, name] of names.entries()) {
      const total = few.parameters[i]!.map((value, at) => value + rest.parameters[i]![at]!);
      const error = relativeErrors([total], [whole.parameters[i]!])[0]!;
      demand(
        error <= gradientRounding,
        () =>
          `${direction.name}'s gradient of ${name}: expected that of ${count} examples to be the sum of those of 5 and ${count - 5}, received a difference of ${short(error)}`,
        { ratio: error / gradientRounding },
      );
    }
  } finally {
    dispose([valueWeights, logDetWeights]);
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
      "solveInverse's x",
      whole,
      await solvedRows(begin, count),
      begin,
      2 * tolerances.roundTrip,
    );
}
