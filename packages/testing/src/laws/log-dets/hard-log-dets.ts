import { abs, add, concat, dispose, mul, slice, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand, demandWithin } from "../../law-violation.ts";
import { logDetDraws, allowedBias } from "../../measures/estimates.ts";
import { exactLogDets } from "../../measures/exact-log-det.ts";
import {
  demandFinite,
  example,
  meanAndStandardError,
  numbersOf,
  rowsOf,
  short,
} from "../../measures/numbers.ts";
import type { Direction } from "../../trial/direction.ts";
import { allOf } from "../../trial/hard-values.ts";
import type { Trial } from "../../trial/trial.ts";
import { toleranceOf } from "./tolerance.ts";

/** Examples of each of the tails: as many as the ladder has steps. */
const batch = 8;
/** Far out float32 holds formulas less well; what a wrong formula does there is larger by far. */
const slack = 5;
/** How far neighbours are, relative to the input: rounding of the input moves it so far. */
const nextTo = 1e-6;
const hint =
  "set `tails` and `outputTails` to inputs of its domain, `smooth: false` where it has kinks there, or `skip` with the reason";

/**
 * The log-det far out and at special points, against the Jacobian. Where the two differ, the Jacobians right beside say whether the layer
 * has a kink there or is so steep that rounding of the input explains it: what lies between them is right.
 */
export async function checkHardLogDets(trial: Trial, direction: Direction): Promise<void> {
  const tails = direction.name === "forward" ? trial.tails : trial.outputTails;
  if (tails.length === 0) return;
  const x = allOf(tails, batch, trial.random.fold("hard log-dets"), direction.fromShape);
  try {
    const call = trial.call();
    const expected = Float32Array.from(await exactLogDets((input) => direction.value(input, call), x));
    demandFinite(
      `${direction.name}'s log|det| by the Jacobian at hard inputs`,
      expected,
      await at(direction, x),
    );
    if (trial.bijection.traits.logDet !== "exact") return await checkEstimates(trial, direction, x, expected);
    const results = direction.results(x, call);
    const received = await numbersOf(results.logDet!);
    dispose(Object.values(results));
    demandFinite(`${direction.name}'s log-det at hard inputs`, received, await at(direction, x));
    for (const [i, exact] of expected.entries()) {
      const bound = slack * toleranceOf(trial, exact);
      const error = Math.abs(received[i]! - exact);
      if (error <= bound) {
        trial.record({ what: `${direction.name} at hard inputs`, value: error, allowed: bound });
        continue;
      }
      const beside = await logDetsBeside(trial, direction, x, i);
      const [least, most] = [Math.min(exact, ...beside) - bound, Math.max(exact, ...beside) + bound];
      demand(
        received[i]! >= least && received[i]! <= most,
        () =>
          `${direction.name} at a hard input: expected ${exact} +- ${short(bound)} by the Jacobian, received ${received[i]}`,
        { input: (await at(direction, x))(i), ratio: error / bound, hint },
      );
    }
  } finally {
    dispose(x);
  }
}

async function at(direction: Direction, x: Tensor): Promise<(i: number) => string> {
  const rows = await rowsOf(x);
  return (i) => example(direction.from, rows[i]!, i);
}

/** By the Jacobian at six points around an example; those outside of the domain say nothing. */
async function logDetsBeside(trial: Trial, direction: Direction, x: Tensor, i: number): Promise<number[]> {
  const { conditions } = trial;
  const random = trial.random.fold("beside");
  const count = 6;
  const points = tidy(() => {
    const one = slice(x, [i, ...direction.fromShape.map(() => 0)], [1, ...direction.fromShape]);
    const signs = concat(
      [1, -1]
        .map((sign) => mul(random.uniform([1, ...direction.fromShape], 0.5, 1), sign))
        .concat(random.rademacher([count - 2, ...direction.fromShape])),
    );
    const sizes = add(abs(one), 1);
    return add(one, mul(signs, mul(sizes, nextTo)));
  });
  const condition =
    conditions &&
    tidy(() => {
      const all = conditions.of(x.shape[0]!);
      if (conditions.shared) return all;
      const own = slice(all, [i, ...all.shape.slice(1).map(() => 0)], [1, ...all.shape.slice(1)]);
      return concat(Array<Tensor>(count).fill(own), 0);
    });
  const call = { ...trial.call(), ...(condition && { condition }) };
  const logDets = await exactLogDets((input) => direction.value(input, call), points);
  dispose(condition ? [points, condition] : points);
  return logDets.filter(Number.isFinite);
}

/** An estimate is off by its noise too; few keys do, since what is wrong far out is wrong by much. */
async function checkEstimates(
  trial: Trial,
  direction: Direction,
  x: Tensor,
  expected: Float32Array,
): Promise<void> {
  const draws = await logDetDraws(trial, direction, x, false, 12);
  const bias = allowedBias(trial, false);
  for (const [i, exact] of expected.entries()) {
    const { mean, standardError } = meanAndStandardError(draws.map((draw) => draw[i]!));
    const bound = 10 * standardError + bias + slack * toleranceOf(trial, exact);
    demandWithin(
      trial,
      {
        what: `${direction.name}'s average at hard inputs`,
        value: Math.abs(mean - exact),
        allowed: bound,
      },
      () =>
        `${direction.name} at a hard input: expected ${exact} +- ${short(bound)} by the Jacobian, received ${mean} on average`,
      { input: (await at(direction, x))(i), hint },
    );
  }
}
