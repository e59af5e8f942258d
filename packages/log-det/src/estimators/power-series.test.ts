import {
  addN,
  createRandom,
  dispose,
  identity64,
  memory,
  mul,
  multiply64,
  slice,
  slogdet,
  sum,
  tensor,
  tidy,
  tile,
  valueAndGradients,
  zeros,
} from "@invertible/ops";
import type { Matrix64, Random, Shape, Tensor, Variable } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { exactLogDet, powerSeries, quadraticForms, truncationBound } from "../index.ts";
import type { LogDetEstimator, LogDetProblem, SeriesGradient } from "../index.ts";
import {
  contractions,
  matrices,
  orthonormalProbes,
  problemOf,
  saying,
} from "../../test-support/linear-problem.ts";

beforeAll(() => startBackend("wasm"));

const kinds: SeriesGradient[] = ["neumann", "series"];
const random = createRandom(17);

/** sum_{k=1..n} (-1)^(k+1)/k tr(J^k) and its gradient (sum_{k=0..n-1} (-J)^k)^T, in float64. */
function truncated(data: Float64Array, d: number, terms: number) {
  const j: Matrix64 = { rows: d, columns: d, data };
  const gradient = new Float64Array(d * d);
  let power = identity64(d);
  let value = 0;
  for (let k = 1; k <= terms; k++) {
    const sign = k % 2 === 1 ? 1 : -1;
    for (let r = 0; r < d; r++)
      for (let c = 0; c < d; c++) gradient[r * d + c]! += sign * power.data[c * d + r]!;
    power = multiply64(power, j);
    for (let r = 0; r < d; r++) value += (sign / k) * power.data[r * d + r]!;
  }
  return { value, gradient };
}

async function valueAndGradient(estimator: LogDetEstimator, j: Variable, keys: Random, batchOf = problemOf) {
  const result = tidy(() => {
    const { value, gradients } = valueAndGradients(
      () => sum(estimator.estimate(batchOf(j, keys))) as Tensor,
      [j],
    );
    return { value, gradient: gradients[0]! };
  });
  const numbers = { value: (await result.value.data())[0]!, gradient: await result.gradient.data() };
  dispose(Object.values(result));
  return numbers;
}

describe("powerSeries", () => {
  it.each([1, 2, 3, 5, 10])(
    "has exactly the gradient of the truncated series over a complete set of probes, in both ways (%d terms)",
    async (terms) => {
      for (const d of [1, 2, 5, 8]) {
        const entries = contractions(1, d, 0.9, d);
        const j = matrices(entries, d);
        const expected = truncated(entries, d, terms);
        for (const gradient of kinds) {
          const estimator = powerSeries({ terms, probes: d, gradient });
          const got = await valueAndGradient(estimator, j, orthonormalProbes(d));
          expect(Math.abs(got.value - expected.value), gradient).toBeLessThan(2e-6 * d);
          expected.gradient.forEach((g, i) =>
            expect(Math.abs(got.gradient[i]! - g), `${gradient} ${i}`).toBeLessThan(5e-6),
          );
        }
        j.dispose();
      }
    },
  );

  it("gives the same value with either gradient, probe by probe", async () => {
    const j = matrices(contractions(6, 5, 0.95), 5);
    for (const terms of [1, 2, 3, 8, 21]) {
      const values = await Promise.all(
        kinds.map((gradient) =>
          powerSeries({ terms, gradient, probes: 2 }).estimate(problemOf(j, random)).data(),
        ),
      );
      values[0]!.forEach((value, i) => expect(Math.abs(value - values[1]![i]!)).toBeLessThan(2e-5));
    }
    j.dispose();
  });

  it("weighs the gradient of each example by that example's own upstream gradient", async () => {
    const entries = contractions(3, 4, 0.8);
    const j = matrices(entries, 4);
    const weights = tensor([1, -3, 0.25]);
    for (const gradient of kinds) {
      const estimator = powerSeries({ terms: 6, probes: 4, gradient });
      const loss = () => sum(mul(estimator.estimate(problemOf(j, orthonormalProbes(4))), weights)) as Tensor;
      const got = await valueAndGradients(loss, [j]).gradients[0]!.data();
      [1, -3, 0.25].forEach((weight, b) =>
        truncated(entries.slice(b * 16, (b + 1) * 16), 4, 6).gradient.forEach((g, i) =>
          expect(got[b * 16 + i]).toBeCloseTo(weight * g, 4),
        ),
      );
    }
    j.dispose();
  });

  /** 4000 independent draws at once: one matrix in every row, each with its own probe and its own gradient. */
  const draws = 4000;

  it.each(
    kinds.flatMap((gradient) =>
      (["gaussian", "rademacher"] as const).map((distribution) => [gradient, distribution] as const),
    ),
  )(
    "has the truncated series' value and gradient as means over random probes (%s gradient, %s)",
    async (gradient, distribution) => {
      const [d, terms, lipschitz] = [6, 5, 0.8];
      const entries = contractions(1, d, lipschitz, 5);
      const expected = truncated(entries, d, terms);
      const j = matrices(
        Float64Array.from({ length: draws * d * d }, (_, i) => entries[i % (d * d)]!),
        d,
      );
      const estimator = powerSeries({ terms, distribution, gradient });
      const values = await estimator.estimate(problemOf(j, random)).data();
      const { gradient: gradients } = await valueAndGradient(estimator, j, random);

      // There are 37 comparisons at 4.5 standard errors. One in 4000 seeds would give a false alarm, and the seed is fixed.
      const check = (column: (draw: number) => number, want: number, what: string) => {
        let [mean, square] = [0, 0];
        for (let i = 0; i < draws; i++) {
          mean += column(i) / draws;
          square += column(i) ** 2 / draws;
        }
        const error = Math.sqrt((square - mean ** 2) / draws);
        expect(Math.abs(mean - want), `${what}: ${mean} +- ${error} against ${want}`).toBeLessThan(
          4.5 * error + 1e-6,
        );
        return error;
      };
      const error = check((i) => values[i]!, expected.value, "value");
      // The interval is narrow compared with the value and with the allowed truncation, so the test notices a wrong value.
      expect(error).toBeLessThan(0.02);
      expected.gradient.forEach((g, at) => check((i) => gradients[i * d * d + at]!, g, `gradient ${at}`));

      // The target is the log-determinant up to the truncation.
      const { logAbsDet } = slogdet({
        rows: d,
        columns: d,
        data: entries.map((x, i) => x + (i % (d + 1) === 0 ? 1 : 0)),
      });
      expect(Math.abs(expected.value - logAbsDet)).toBeLessThan(
        truncationBound({ lipschitz, dimension: d, terms }),
      );
      check((i) => values[i]! - (expected.value - logAbsDet), logAbsDet, "value against the exact one");
      j.dispose();
    },
  );

  it("approaches the exact log-det within the bound, and to rounding with many terms", async () => {
    for (const lipschitz of [0.5, 0.9]) {
      const j = matrices(contractions(4, 3, lipschitz), 3);
      const want = await exactLogDet().estimate(problemOf(j, random)).data();
      for (const terms of [1, 2, 4, 8, 16, 200]) {
        const got = await powerSeries({ terms, probes: 3 })
          .estimate(problemOf(j, orthonormalProbes(3)))
          .data();
        const bound = truncationBound({ lipschitz, dimension: 3, terms });
        want.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(bound + 1e-5));
      }
      j.dispose();
    }
  });

  it("records one product for the neumann gradient and `terms` for the series, and evaluates `terms` for both", () => {
    const j = matrices(contractions(2, 3, 0.5), 3);
    for (const gradient of kinds) {
      let products = 0;
      const problem = problemOf(j, random);
      const counting: LogDetProblem = { ...problem, jvp: (v) => (products++, problem.jvp(v)) };
      dispose(tidy(() => powerSeries({ terms: 7, gradient }).estimate(counting)));
      expect(products).toBe(7);
    }
    // The neumann form does not hold more tensors at once for more terms either.
    const peak = (terms: number, gradient: SeriesGradient) => {
      let most = 0;
      const problem = problemOf(j, random);
      const watching: LogDetProblem = {
        ...problem,
        jvp: (v) => ((most = Math.max(most, memory().numTensors)), problem.jvp(v)),
      };
      const before = memory().numTensors;
      const { value, gradients } = valueAndGradients(
        () => sum(powerSeries({ terms, gradient }).estimate(watching)) as Tensor,
        [j],
      );
      dispose([value, ...gradients]);
      expect(memory().numTensors).toBe(before);
      return most - before;
    };
    expect(peak(40, "neumann")).toBe(peak(5, "neumann"));
    expect(peak(40, "series")).toBeGreaterThan(peak(5, "series") + 50);
    j.dispose();
  });

  it("draws its own probe for every example and every copy, and gives the mean over the copies", async () => {
    const j = matrices(
      Float64Array.from({ length: 8 * 9 }, (_, i) => contractions(1, 3, 0.9)[i % 9]!),
      3,
    );
    const one = await powerSeries({ terms: 3, distribution: "gaussian" })
      .estimate(problemOf(j, random))
      .data();
    expect(new Set(one).size).toBe(8);
    for (const gradient of kinds) {
      const probe = random.normal([24, 3]);
      const parts = [0, 8, 16].map((from) =>
        powerSeries({ terms: 3, gradient }).estimate(problemOf(j, saying(slice(probe, from, 8)))),
      );
      const mean = await mul(addN(parts), 1 / 3).data();
      const three = await powerSeries({ terms: 3, gradient, probes: 3 })
        .estimate(problemOf(j, saying(probe)))
        .data();
      mean.forEach((value, i) => expect(three[i]).toBeCloseTo(value, 5));
    }
    const drawn: Shape[] = [];
    const watching = {
      ...random,
      rademacher: (shape: Shape) => (drawn.push(shape), random.rademacher(shape)),
    };
    powerSeries({ terms: 2, probes: 3 }).estimate(problemOf(j, watching));
    expect(drawn).toEqual([[24, 3]]);
    j.dispose();
  });

  it("has less variance with rademacher than with gaussian probes", async () => {
    const d = 6;
    const entries = contractions(1, d, 0.9);
    const j = matrices(
      Float64Array.from({ length: 2000 * d * d }, (_, i) => entries[i % (d * d)]!),
      d,
    );
    const variance = async (distribution: "gaussian" | "rademacher") => {
      const values = Float64Array.from(
        await powerSeries({ terms: 4, distribution }).estimate(problemOf(j, random)).data(),
      );
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length;
    };
    expect(await variance("rademacher")).toBeLessThan(await variance("gaussian"));
    j.dispose();
  });

  it.each([
    [{ terms: 0 }, "powerSeries: terms: expected a positive integer, received 0"],
    [{ terms: 2, probes: 1.5 }, "powerSeries: probes: expected a positive integer, received 1.5"],
    [
      { terms: 2, distribution: "cauchy" },
      'powerSeries: distribution: expected one of gaussian, rademacher, received "cauchy"',
    ],
    [
      { terms: 2, gradient: "toString" },
      'powerSeries: gradient: expected one of neumann, series, received "toString"',
    ],
  ])("refuses %o", (options, message) => {
    expect(() => powerSeries(options as never)).toThrow(message);
  });
});

describe("quadraticForms", () => {
  it("takes an empty batch of images", () => {
    const forms = tidy(() =>
      quadraticForms({ jvp: (v) => mul(v, 0.5), probe: zeros([0, 2, 2, 3]), terms: 2 }).shape.slice(),
    );
    expect(forms).toEqual([2, 0]);
  });

  it("is v'J^k v, row by row", async () => {
    const j = tile(
      tensor([
        [
          [0, 0.5],
          [-0.25, 0.1],
        ],
      ]),
      [2, 1, 1],
    );
    const probe = tensor([
      [1, 2],
      [-1, 1],
    ]);
    const forms = quadraticForms({ jvp: problemOf(j, random).jvp, probe, terms: 2 });
    expect(forms.shape).toEqual([2, 2]);
    // J = [[0, .5], [-.25, .1]], J^2 = [[-.125, .05], [-.025, -.115]].
    const want = [
      1 - 0.5 + 0.4,
      -0.5 + 0.25 + 0.1,
      -0.125 + 0.1 - 0.05 - 0.46,
      -0.125 - 0.05 + 0.025 - 0.115,
    ];
    (await forms.data()).forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 6));
  });
});
