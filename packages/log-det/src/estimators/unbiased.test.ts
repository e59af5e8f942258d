import {
  createRandom,
  dispose,
  identity64,
  matMul,
  reshape,
  slice,
  slogdet,
  solve,
  sum,
  tensor,
  tidy,
  transpose,
  valueAndGradients,
  variable,
} from "@invertible/ops";
import type { Matrix64, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  exactLogDet,
  geometricLaw,
  neumann,
  poissonLaw,
  powerSeries,
  russianRoulette,
  withGradient,
} from "../index.ts";
import type { LogDetEstimator, LogDetProblem, ProbeOptions } from "../index.ts";
import { contractions } from "../../test-support/linear-problem.ts";

beforeAll(() => startBackend("wasm"));

const draws = 2000;
const deviations = 4;

/** The estimators, each with the probes that it takes. Truncations are below 1e-5 at L = 0.5. */
const estimators: Readonly<Record<string, (options: ProbeOptions) => LogDetEstimator>> = {
  "power series, neumann": (options) => powerSeries({ terms: 16, ...options }),
  "power series, every term": (options) => powerSeries({ terms: 16, gradient: "series", ...options }),
  "power series, gaussian": (options) => powerSeries({ terms: 16, distribution: "gaussian", ...options }),
  "geometric(1/2) after 2": (options) =>
    russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2, ...options }),
  "geometric(1/2) after 2, every term": (options) =>
    russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2, gradient: "series", ...options }),
  "geometric(1/4) after none, gaussian": (options) =>
    russianRoulette({ law: geometricLaw({ p: 0.25 }), exactTerms: 0, distribution: "gaussian", ...options }),
  "poisson(2) after 2": (options) =>
    russianRoulette({ law: poissonLaw({ rate: 2 }), exactTerms: 2, ...options }),
  "exact value, truncated neumann": (options) =>
    withGradient({ value: exactLogDet(), gradient: neumann({ terms: 16, ...options }) }),
  "exact value, neumann of random length": (options) =>
    withGradient({
      value: exactLogDet(),
      gradient: neumann({ law: geometricLaw({ p: 0.5 }), exactTerms: 1, ...options }),
    }),
};

/** Mean and standard error. */
function summary(sample: ArrayLike<number>) {
  const numbers = Float64Array.from(sample);
  const mean = numbers.reduce((total, x) => total + x, 0) / numbers.length;
  const squares = numbers.reduce((total, x) => total + (x - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (numbers.length - 1) / numbers.length) };
}

function expectMean(sample: ArrayLike<number>, want: number, what: string): number {
  const { mean, error } = summary(sample);
  // 2e-5 covers the rounding of float32, and the truncation where there is one.
  expect(Math.abs(mean - want), `${what}: ${mean} +- ${error} against ${want}`).toBeLessThan(
    deviations * error + 2e-5,
  );
  return error;
}

/** 2000 independent estimates. Examples share a length drawn, but not their probes. */
async function valuesOf(estimator: LogDetEstimator, problem: Omit<LogDetProblem, "batch">) {
  const [calls, batch] = estimator.kind === "unbiased" ? [draws, 1] : [1, draws];
  const values: number[] = [];
  for (let i = 0; i < calls; i++) {
    const random = problem.random.fold(i);
    const estimates = tidy(() => estimator.estimate({ ...problem, batch, random }));
    values.push(...(await estimates.data()));
    estimates.dispose();
  }
  return values;
}

describe.each(Object.entries(estimators))("%s", (name, estimatorWith) => {
  it.each([1, 4, 8])(
    `has the log-det and its gradient as means over ${draws} draws, within ${deviations} standard errors (d = %d)`,
    async (d) => {
      const lipschitz = 0.5;
      const random = createRandom(41).fold(name).fold(d);
      const entries = contractions(1, d, lipschitz, 7 + d);
      const shifted: Matrix64 = {
        rows: d,
        columns: d,
        data: entries.map((x, i) => x + (i % (d + 1) === 0 ? 1 : 0)),
      };
      const { logAbsDet } = slogdet(shifted);
      const inverse = solve(shifted, identity64(d)).data;

      const transposed = tidy(() => transpose(tensor(Float32Array.from(entries), [d, d])));
      const shared = { jvp: (v: Tensor) => matMul(v, transposed), shape: [d] };
      const values = await valuesOf(estimatorWith({ probes: 1 }), { ...shared, random });
      const error = expectMean(values, logAbsDet, "value");
      // The interval is narrow enough for the test to notice a wrong value.
      expect(error).toBeLessThan(0.03);

      // One call has as many probes as draws, with a matrix for each, so that each has its own gradient.
      const copies = variable(
        tensor(
          Float32Array.from({ length: draws * d * d }, (_, i) => entries[i % (d * d)]!),
          [draws, d, d],
        ),
      );
      const eachItsOwn = (v: Tensor) =>
        reshape(matMul(slice(copies, 0, v.shape[0]!), reshape(v, [-1, d, 1])), v.shape);
      const all = estimatorWith({ probes: draws });
      const result = valueAndGradients(
        () => sum(all.estimate({ jvp: eachItsOwn, batch: 1, shape: [d], random })) as Tensor,
        [copies],
      );
      const gradients = await result.gradients[0]!.data();
      for (let r = 0; r < d; r++)
        for (let c = 0; c < d; c++) {
          const sample = Float64Array.from(
            { length: draws },
            (_, s) => draws * gradients[(s * d + r) * d + c]!,
          );
          expectMean(sample, inverse[c * d + r]!, `gradient ${r}, ${c}`);
        }
      dispose([transposed, copies, result.value, ...result.gradients]);
    },
  );
});
