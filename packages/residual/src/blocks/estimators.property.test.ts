/**
 * Every estimator of the log-determinant on random architectures, value and gradient, against what it should be on average: 2000
 * draws as 20 independent groups of 100 stacked probes, judged by the spread of the groups.
 */
import {
  exactLogDet,
  geometricLaw,
  neumann,
  poissonLaw,
  powerSeries,
  quadraticForms,
  russianRoulette,
  withGradient,
} from "@invertible/log-det";
import type { LogDetEstimator, LogDetProblem } from "@invertible/log-det";
import {
  addN,
  createRandom,
  dispose,
  eye,
  mul,
  reshape,
  sizeOf,
  stack,
  sum,
  tensor,
  tidy,
  tile,
  valueAndGradients,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { architectures, buildBranch, disposeBranch } from "../../test-support/architectures.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const [groups, probes, rows, terms] = [20, 100, 2, 6];
/** Student's t with 19 degrees of freedom exceeds this as rarely as a normal number exceeds 4. */
const fourSigma = 5.1;
/** The three together take half a minute on a quiet core. */
const timeout = 240_000;

interface Claim {
  readonly name: string;
  readonly estimator: LogDetEstimator;
  /** The expectation [B] of the estimator, differentiable. */
  readonly expectation: (problem: Expected) => Tensor;
}
type Expected = Omit<LogDetProblem, "random">;

const exactly = (problem: Expected) => exactLogDet().estimate({ ...problem, random: createRandom(0) });

const series = [
  {
    name: "powerSeries, neumann, rademacher",
    estimator: powerSeries({ terms, probes, gradient: "neumann", distribution: "rademacher" }),
    expectation: truncatedSeries,
  },
  {
    name: "powerSeries, series, gaussian",
    estimator: powerSeries({ terms, probes, gradient: "series", distribution: "gaussian" }),
    expectation: truncatedSeries,
  },
] as const satisfies readonly Claim[];

function roulettesFor(lipschitz: number): Claim[] {
  // With p < 1 - L^(4/3) the fourth moment is finite too, so that the spread is a good judge.
  const law = geometricLaw({ p: Math.min(0.5, 0.9 * (1 - lipschitz ** (4 / 3))) });
  const roulette = { law, exactTerms: 2, probes } as const;
  const claims: Claim[] = (["neumann", "series"] as const).map((gradient) => ({
    name: `russianRoulette, geometric, ${gradient}`,
    estimator: russianRoulette({ ...roulette, gradient }),
    expectation: exactly,
  }));
  claims.push({
    name: "exact with a roulette's neumann gradient",
    estimator: withGradient({ value: exactLogDet(), gradient: neumann(roulette) }),
    expectation: exactly,
  });
  // A Poisson law has an infinite variance for every L > 0. A sample does not show it where L is small.
  if (lipschitz < 0.3)
    claims.push({
      name: "russianRoulette, poisson",
      estimator: russianRoulette({
        law: poissonLaw({ rate: 2 }),
        exactTerms: 4,
        probes,
        variance: "unchecked",
      }),
      expectation: exactly,
    });
  return claims;
}

/** sum_{k <= terms} (-1)^(k+1)/k tr(J^k), the traces over a basis. */
function truncatedSeries({ jvp, batch, shape }: Expected): Tensor {
  const d = sizeOf(shape);
  // Copy s of the batch holds e_s in every row.
  const basis = reshape(tile(reshape(eye(d), [d, 1, d]), [1, batch, 1]), [d * batch, ...shape]);
  const forms = reshape(quadraticForms({ jvp, probe: basis, terms }), [terms, d, batch]);
  const weights = Array.from({ length: terms }, (_, i) => (i % 2 === 0 ? 1 : -1) / (i + 1));
  return sum(mul(sum(forms, 1), tensor(weights, [terms, 1])), 0);
}

const run = (numRuns: number, check: (branch: ContractiveBranch, x: Tensor, seed: number) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(architectures, async (architecture) => {
      const branch = await buildBranch(architecture);
      const x = createRandom(architecture.seed)
        .fold("x")
        .normal([rows, ...branch.inputShape]);
      try {
        await check(branch, x, architecture.seed);
      } finally {
        dispose(x);
        disposeBranch(branch);
      }
    }),
    { numRuns, seed: 19061973 },
  );

// INVERTIBLE_LONG_TESTS=1: five times as many architectures where a draw costs a call.
const isLong = process.env["INVERTIBLE_LONG_TESTS"] === "1";
const [rouletteRuns, gradientRuns] = isLong ? [200, 50] : [40, 10];

describe("estimators on random architectures, in the mean of 2000 draws", () => {
  it(
    "have the right values by series: 200 architectures",
    () =>
      run(200, async (branch, x, seed) => {
        // Each row has probes of its own, so copies of the rows are the groups, and one call is enough.
        for (const { name, estimator, expectation } of series) {
          const [wanted, draws] = tidy(() => {
            const at = (points: Tensor) => ({ ...problemAt(branch, points), random: keyOf(seed, name) });
            const copies = tile(x, [groups, ...branch.inputShape.map(() => 1)]);
            return [expectation(at(x)), reshape(estimator.estimate(at(copies)), [groups, rows])] as const;
          });
          await demandExpected(name, branch, wanted, draws);
        }
      }),
    timeout,
  );

  it(
    `have the right values by roulettes: ${rouletteRuns} architectures`,
    () =>
      run(rouletteRuns, async (branch, x, seed) => {
        for (const { name, estimator, expectation } of roulettesFor(branch.lipschitz)) {
          // The value does not depend on how the gradient is taken.
          if (name.endsWith("series") || name.startsWith("exact")) continue;
          const [wanted, draws] = tidy(() => {
            const problem = problemAt(branch, x);
            const keys = keyOf(seed, name).split(groups);
            return [
              expectation(problem),
              stack(keys.map((random) => estimator.estimate({ ...problem, random }))),
            ] as const;
          });
          await demandExpected(name, branch, wanted, draws);
        }
      }),
    timeout,
  );

  it(
    `have the right gradients of a weighted batch in a random direction: ${gradientRuns} architectures`,
    () =>
      run(gradientRuns, async (branch, x, seed) => {
        const variables = Object.values(branch.parameters);
        const random = createRandom(seed).fold("direction");
        const directions = variables.map((variable, i) => random.fold(i).normal(variable.shape));
        const weights = tensor([1, -3]);
        /** d/dt sum_b w_b logDet_b at theta + t direction, [1]. */
        const slope = (logDet: (problem: Expected) => Tensor): Tensor =>
          tidy(() => {
            const { gradients } = valueAndGradients(
              () => sum(mul(weights, logDet(problemAt(branch, x)))),
              variables,
            );
            return reshape(addN(gradients.map((gradient, i) => sum(mul(gradient, directions[i]!)))), [1]);
          });
        for (const { name, estimator, expectation } of [...series, ...roulettesFor(branch.lipschitz)]) {
          const wanted = slope(expectation);
          const draws = tidy(() =>
            stack(
              keyOf(seed, name)
                .split(groups)
                .map((random) => slope((problem) => estimator.estimate({ ...problem, random }))),
            ),
          );
          await demandExpected(name, branch, wanted, draws);
        }
        dispose([...directions, weights]);
      }),
    timeout,
  );
});

const keyOf = (seed: number, name: string) => createRandom(seed).fold(name);

function problemAt(branch: ContractiveBranch, x: Tensor): Expected {
  const { jvp } = branch.bind().linearise(x);
  return { jvp, batch: x.shape[0]!, shape: branch.inputShape };
}

/** The mean of each column of `draws` [groups, n] is within four standard errors of `wanted` [n]. Disposes of both. */
async function demandExpected(
  name: string,
  { inputShape }: ContractiveBranch,
  wanted: Tensor,
  draws: Tensor,
): Promise<void> {
  const [means, numbers] = await Promise.all([wanted.data(), draws.data()]);
  dispose([wanted, draws]);
  means.forEach((mean, column) => {
    const sample = Array.from({ length: groups }, (_, group) => numbers[group * means.length + column]!);
    const average = sample.reduce((total, draw) => total + draw, 0) / groups;
    const squares = sample.reduce((total, draw) => total + (draw - average) ** 2, 0);
    const standardError = Math.sqrt(squares / (groups - 1) / groups);
    // float32 rounding, where an estimate has no spread because J is diagonal or 0.
    const rounding = 1e-5 * sizeOf(inputShape) * Math.max(1, Math.abs(mean));
    expect(Math.abs(average - mean), name).toBeLessThanOrEqual(fourSigma * standardError + rounding);
  });
}
