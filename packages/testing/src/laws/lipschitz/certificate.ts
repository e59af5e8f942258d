import { certify } from "@invertible/bijection";
import type { Certificate, LipschitzBounds } from "@invertible/bijection";
import { add, dispose, jacobianRows, mul, singularValues, sizeOf, sub } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { directions } from "../../trial/direction.ts";
import type { Direction } from "../../trial/direction.ts";
import { demand, demandWithin } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { enlarge } from "./enlarge.ts";
import { difference, euclidean, numbersOf, rowsOf, short } from "../../measures/numbers.ts";
import type { Trial } from "../../trial/trial.ts";

/** Examples at which the Jacobian is looked at; one reverse pass per output for all of them. */
const points = 6;
/** Relative error of a float32 Jacobian's singular values, relative to the largest. */
const jacobianRounding = 2e-5;
/** Relative error of a value of forward or inverse, as far as it may show in a quotient. */
const valueRounding = 4e-6;
/** Of the way from one example to another: far apart, and so near that the quotient is a slope. */
const distances = [1, 0.1, 0.01];

export const certificateLaw = {
  name: "certificate",
  statement:
    "no slope and no quotient |f(a) - f(b)| / |a - b| that is measured exceeds what certify proves, with the weights near the start and " +
    "with much larger ones",
  hint: "set `sample` and `tails` to inputs of its domain, or `perturbation`, if its parameters may not move freely",
  async check(trial) {
    await checkAtWeights(trial);
    if (await enlarge(trial)) await checkAtWeights(trial);
  },
} as const satisfies Law;

async function checkAtWeights(trial: Trial): Promise<void> {
  const certificate = await certify(trial.bijection);
  checkForm(trial, certificate);
  for (const sampler of [trial.sample, ...trial.tails]) await checkSlopes(trial, certificate, sampler);
  for (const direction of directions(trial)) {
    const [own, back] =
      direction.name === "forward"
        ? [certificate.forward, certificate.inverse]
        : [certificate.inverse, certificate.forward];
    const other = isOneSided(trial, direction) ? Infinity : back;
    if (Math.min(own, other) < Infinity) await checkQuotients(trial, direction, own, other);
  }
}

/** Whether a direction takes different values to one, so that nothing bounds from below what becomes of their distance. */
function isOneSided({ stochastic }: Trial, { name, fromShape, toShape }: Direction): boolean {
  // As the inverse of dequantisation, and that of a map whose outputs have more numbers than its inputs.
  return (stochastic && name === "inverse") || sizeOf(toShape) < sizeOf(fromShape);
}

function checkForm({ bijection }: Trial, { forward, inverse, layers }: Certificate): void {
  for (const bounds of [{ forward, inverse }, ...layers])
    demand(
      bounds.forward > 0 && bounds.inverse > 0,
      () => `expected Lipschitz constants above 0, received ${JSON.stringify(bounds)}`,
    );
  // |a - b| <= I |f(a) - f(b)| <= I F |a - b|
  demand(
    forward * inverse >= 1,
    () => `expected the product of both constants to be at least 1, received ${forward} * ${inverse}`,
  );
  demand(layers.length > 0, `expected at least one layer in the certificate of ${bijection.name}`);
}

/** The singular values of the exact Jacobian: the sharpest directions at each point, both ways. */
async function checkSlopes(trial: Trial, { forward, inverse }: LipschitzBounds, sampler: Trial["sample"]) {
  if (forward === Infinity && inverse === Infinity) return;
  const x = sampler(points, trial.random.fold("slopes"));
  const jacobian = jacobianRows((input) => trial.bijection.forward(input, trial.call()), x);
  const [, rows, columns] = jacobian.shape as [number, number, number];
  const data = Float64Array.from(await numbersOf(jacobian));
  dispose([x, jacobian]);
  for (let b = 0; b < points; b++) {
    const example = data.subarray(b * rows * columns, (b + 1) * rows * columns);
    // Large weights may overflow far out.
    if (!example.every(Number.isFinite)) continue;
    const values = singularValues({ rows, columns, data: example });
    const [largest, smallest] = [values[0]!, values.at(-1)!];
    demandWithin(
      trial,
      { what: "forward's slope", value: largest * (1 - jacobianRounding), allowed: forward },
      () => `expected forward's slope to be at most ${forward}, received ${largest} by the Jacobian`,
    );
    // Not by the quotient: a slope of 0 within rounding says nothing of its inverse.
    demandWithin(
      trial,
      {
        what: "the inverse's slope",
        value: 1 / (smallest + jacobianRounding * largest),
        allowed: inverse,
      },
      () => `expected the inverse's slope to be at most ${inverse}, received ${1 / smallest} by the Jacobian`,
    );
  }
}

/** Pairs of examples far apart and near, along the lines between examples, which stay in a convex domain. */
async function checkQuotients(trial: Trial, direction: Direction, own: number, other: number): Promise<void> {
  const key = trial.random.fold("quotients");
  const [a, b] = [direction.sample(points, key.fold("a")), direction.sample(points, key.fold("b"))];
  const atA = direction.value(a, trial.call());
  for (const distance of distances) {
    const near = add(a, mul(sub(b, a), distance));
    const atNear = direction.value(near, trial.call());
    const [from, to] = [await pairs(a, near), await pairs(atA, atNear)];
    dispose([near, atNear]);
    for (const [i, input] of from.entries())
      if (Number.isFinite(to[i]!.size)) compare(direction, input, to[i]!, own, other);
  }
  dispose([a, b, atA]);
}

interface Pair {
  readonly distance: number;
  /** |a| + |b|, which rounding grows with. */
  readonly size: number;
}

async function pairs(a: Tensor, b: Tensor): Promise<Pair[]> {
  const [left, right] = [await rowsOf(a), await rowsOf(b)];
  return left.map((row, i) => ({
    distance: euclidean(difference(row, right[i]!)),
    size: euclidean(row) + euclidean(right[i]!),
  }));
}

function compare({ name }: Direction, input: Pair, output: Pair, own: number, other: number): void {
  // Infinity times nothing would be NaN.
  const allowed = (bound: number, from: Pair, to: Pair) =>
    bound === Infinity
      ? Infinity
      : bound * (from.distance + valueRounding * from.size) + valueRounding * to.size;
  demand(
    output.distance <= allowed(own, input, output),
    () =>
      `expected ${name} to stretch by at most ${own}, received ${short(output.distance / input.distance)}`,
  );
  demand(
    input.distance <= allowed(other, output, input),
    () =>
      `expected ${name} to shrink to no less than 1 / ${other}, received 1 / ${short(input.distance / output.distance)}`,
  );
}
