import {
  createRandom,
  dispose,
  identity64,
  memory,
  mul,
  multiply64,
  sum,
  tensor,
  tidy,
  valueAndGradients,
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
  truncationBound,
  withGradient,
} from "../index.ts";
import type { LogDetEstimator, LogDetProblem, NeumannOptions } from "../index.ts";
import { contractions, matrices, orthonormalProbes, problemOf } from "../../test-support/linear-problem.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(29);
const d = 4;
const weights = [1, -3, 0.25];

/** sum_{k < terms} (-J)^k transposed, row by row. */
function truncatedInverse(data: Float64Array, terms: number): Float64Array {
  const j: Matrix64 = { rows: d, columns: d, data };
  const total = new Float64Array(d * d);
  let power = identity64(d);
  for (let k = 0; k < terms; k++) {
    for (let r = 0; r < d; r++)
      for (let c = 0; c < d; c++) total[r * d + c]! += (-1) ** k * power.data[c * d + r]!;
    power = multiply64(power, j);
  }
  return total;
}

async function weightedGradient(estimate: (problem: LogDetProblem) => Tensor, keys = orthonormalProbes(d)) {
  const j = matrices(contractions(3, d, 0.8), d);
  const { value, gradients } = valueAndGradients(
    () => sum(mul(estimate(problemOf(j, keys)), tensor(weights))) as Tensor,
    [j],
  );
  const numbers = await gradients[0]!.data();
  dispose([j, value, ...gradients]);
  return numbers;
}

describe("neumann", () => {
  it.each([1, 2, 5, 12])(
    "has the gradient sum_{k < %d} (-J)^k over a complete set of probes, with a weight for each example",
    async (terms) => {
      const gradient = neumann({ terms, probes: d });
      const got = await weightedGradient((problem) => gradient.surrogate(problem).surrogate);
      const series = await weightedGradient((problem) => powerSeries({ terms, probes: d }).estimate(problem));
      const entries = contractions(3, d, 0.8);
      weights.forEach((weight, b) =>
        truncatedInverse(entries.slice(b * d * d, (b + 1) * d * d), terms).forEach((g, i) => {
          expect(got[b * d * d + i]).toBeCloseTo(weight * g, 4);
          expect(series[b * d * d + i]).toBeCloseTo(weight * g, 4);
        }),
      );
    },
  );

  it("records only the last product, so memory does not grow with the number of terms", () => {
    const j = matrices(contractions(2, d, 0.5), d);
    const peak = (options: NeumannOptions) => {
      let most = 0;
      let products = 0;
      const { jvp, ...problem } = problemOf(j, random);
      const watching: LogDetProblem = {
        ...problem,
        jvp: (v) => {
          products++;
          most = Math.max(most, memory().numTensors);
          return jvp(v);
        },
      };
      const before = memory().numTensors;
      const { value, gradients } = valueAndGradients(
        () => sum(neumann(options).surrogate(watching).surrogate) as Tensor,
        [j],
      );
      dispose([value, ...gradients]);
      expect(memory().numTensors).toBe(before);
      return { products, most: most - before };
    };
    expect(peak({ terms: 40 }).products).toBe(40);
    expect(peak({ terms: 40 }).most).toBe(peak({ terms: 5 }).most);
    const law = geometricLaw({ p: 0.5 });
    expect(peak({ law, exactTerms: 40 }).products).toBeGreaterThan(41);
    expect(peak({ law, exactTerms: 40 }).most).toBe(peak({ law, exactTerms: 5 }).most);
    j.dispose();
  });

  it("bounds the error of the inverse by L^n / (1 - L), which J = -L I attains, unless the length is random", () => {
    const bounds = { lipschitz: 0.9, dimension: d };
    for (const terms of [1, 3, 20]) {
      let inverse = 0;
      for (let k = 0; k < terms; k++) inverse += 0.9 ** k;
      expect(neumann({ terms }).bias(bounds)).toBeCloseTo(1 / (1 - 0.9) - inverse, 12);
    }
    expect(neumann({ law: geometricLaw({ p: 0.1 }), exactTerms: 1 }).bias(bounds)).toBe(0);
    expect(() => neumann({ terms: 3 }).bias({ lipschitz: 1, dimension: d })).toThrow("lipschitz");
  });

  it("demands a finite variance, as the roulette does", () => {
    const bounds = { lipschitz: 0.9, dimension: d };
    expect(() => neumann({ law: geometricLaw({ p: 0.5 }), exactTerms: 2 }).check(bounds)).toThrow(
      "neumann: law: expected a tail P(N >= k) that falls more slowly than L^(2k)",
    );
    expect(() => neumann({ law: geometricLaw({ p: 0.1 }), exactTerms: 2 }).check(bounds)).not.toThrow();
    expect(() =>
      neumann({ law: poissonLaw({ rate: 2 }), exactTerms: 2, variance: "unchecked" }).check(bounds),
    ).not.toThrow();
    expect(() => neumann({ terms: 3 }).check({ lipschitz: 1, dimension: d })).toThrow("neumann: lipschitz");
  });

  it.each([
    [{ terms: 0 }, "neumann: terms: expected a positive integer, received 0"],
    [{ terms: 2, probes: 0 }, "neumann: probes: expected a positive integer"],
    [{}, "neumann: law: expected geometricLaw({ p }) or poissonLaw({ rate })"],
    [{ law: geometricLaw({ p: 0.5 }), exactTerms: 0.5 }, "neumann: exactTerms: expected an integer >= 0"],
  ])("refuses %o", (options, message) => {
    expect(() => neumann(options as never)).toThrow(message);
  });

  it("is refused by the types where an estimator with a value is needed", () => {
    // @ts-expect-error a gradient without a value
    const estimator: LogDetEstimator = neumann({ terms: 3 });
    expect(estimator).not.toHaveProperty("estimate");
  });
});

describe("withGradient", () => {
  const value = powerSeries({ terms: 20, distribution: "gaussian" });
  const gradient = neumann({ terms: 3, probes: 2 });
  const combined = withGradient({ value, gradient });

  it("reports the value, kind and bias of its value estimator, bit for bit", async () => {
    const j = matrices(contractions(5, d, 0.9), d);
    const problem = problemOf(j, random);
    const [got, want] = [combined, value].map((each) => tidy(() => each.estimate(problem)));
    expect(await got!.data()).toEqual(await want!.data());
    const bounds = { lipschitz: 0.9, dimension: d };
    expect(combined.kind).toBe("biased");
    expect(combined.bias(bounds)).toBe(truncationBound({ ...bounds, terms: 20 }));
    expect(withGradient({ value: exactLogDet(), gradient })).toMatchObject({ kind: "exact" });
    dispose([j, got!, want!]);
  });

  it("has the gradient of its gradient estimator", async () => {
    const got = await weightedGradient((problem) => combined.estimate(problem), random);
    const want = await weightedGradient((problem) => gradient.surrogate(problem).surrogate, random);
    got.forEach((g, i) => expect(g).toBeCloseTo(want[i]!, 6));
    expect(want.some((g) => Math.abs(g) > 0.1)).toBe(true);
  });

  it("checks whether both fit the problem", () => {
    const bounds = { lipschitz: 0.9, dimension: 65 };
    expect(() => withGradient({ value: exactLogDet(), gradient }).check(bounds)).toThrow(
      "exactLogDet: dimension",
    );
    const roulette = neumann({ law: geometricLaw({ p: 0.5 }), exactTerms: 1 });
    expect(() => withGradient({ value, gradient: roulette }).check(bounds)).toThrow("neumann: law");
    expect(() => combined.check(bounds)).not.toThrow();
  });
});
