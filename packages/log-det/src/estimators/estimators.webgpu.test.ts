import { createRandom, dispose, memory, mul, sum, tensor, tidy, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { expect, it } from "vitest";
import { exactLogDet, geometricLaw, neumann, powerSeries, russianRoulette, withGradient } from "../index.ts";
import type { LogDetEstimator } from "../index.ts";
import { contractions, matrices, problemOf } from "../../test-support/linear-problem.ts";

const random = createRandom(71);
const law = geometricLaw({ p: 0.3 });
const estimators = {
  exact: exactLogDet(),
  "power series": powerSeries({ terms: 6, probes: 3 }),
  "power series, every term": powerSeries({ terms: 6, probes: 3, gradient: "series" }),
  roulette: russianRoulette({ law, exactTerms: 1, probes: 4 }),
  "roulette, every term": russianRoulette({ law, exactTerms: 1, probes: 4, gradient: "series" }),
  neumann: withGradient({ value: exactLogDet(), gradient: neumann({ law, exactTerms: 2, probes: 4 }) }),
};

/** log-dets and the gradient of their weighted sum */
async function numbers(estimator: LogDetEstimator, d: number) {
  const j = matrices(contractions(5, d, 0.7, d), d);
  const weights = tensor([1, -2, 0.5, 3, 1]);
  const before = memory().numTensors;
  const { value, gradients } = valueAndGradients(
    () => sum(mul(estimator.estimate(problemOf(j, random)), weights)) as Tensor,
    [j],
  );
  const values = tidy(() => estimator.estimate(problemOf(j, random)));
  const all = [...(await values.data()), ...(await gradients[0]!.data())];
  dispose([value, values, ...gradients]);
  expect(memory().numTensors).toBe(before);
  dispose([j, weights]);
  return all;
}

it("every estimator gives on webgpu the values and gradients that it gives on cpu", async () => {
  const cases = Object.entries(estimators).flatMap(([name, estimator]) =>
    [2, 5].map((d) => ({ name: `${name}, d = ${d}`, run: () => numbers(estimator, d) })),
  );
  await startBackend("cpu");
  const expected: number[][] = [];
  for (const { run } of cases) expected.push(await run());
  await startBackend("webgpu");
  for (const [i, { name, run }] of cases.entries()) {
    const got = await run();
    expect(got.length).toBe(expected[i]!.length);
    expected[i]!.forEach((want, at) =>
      expect(Math.abs(got[at]! - want), `${name}: number ${at}`).toBeLessThan(2e-5 * (1 + Math.abs(want))),
    );
  }
});
