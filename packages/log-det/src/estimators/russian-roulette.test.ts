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
import type { Matrix64, Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { geometricLaw, poissonLaw, powerSeries, rouletteWeights, russianRoulette } from "../index.ts";
import type { LogDetProblem, RussianRouletteOptions, SeriesGradient } from "../index.ts";
import {
  contractions,
  matrices,
  orthonormalProbes,
  problemOf,
  saying,
} from "../../test-support/linear-problem.ts";

beforeAll(() => startBackend("wasm"));

const kinds: SeriesGradient[] = ["neumann", "series"];
const random = createRandom(23);

/** A key with which `counts` come out of geometricLaw({ p: 0.5 }), in their order. */
const drawing = (base: Random, counts: readonly number[]): Random => ({
  ...base,
  uniformArray: (size) =>
    // 1 - u lies between P(N >= n) = 2^(1-n) and P(N >= n + 1).
    Float32Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 - 0.75 * 2 ** (1 - counts[i / 2]!) : 0)),
});

/** sum_k weights[k] J^k, from k = 0. */
function polynomial(data: Float64Array, d: number, weights: readonly number[]): Float64Array {
  const j: Matrix64 = { rows: d, columns: d, data };
  const total = new Float64Array(d * d);
  let power = identity64(d);
  weights.forEach((weight, k) => {
    if (k > 0) power = multiply64(power, j);
    power.data.forEach((x, i) => (total[i]! += weight * x));
  });
  return total;
}
const trace = (data: Float64Array, d: number) =>
  Array.from({ length: d }, (_, i) => data[i * d + i]!).reduce((a, b) => a + b, 0);

describe("russianRoulette", () => {
  it.each([0, 1, 2, 5])(
    "weighs the terms as rouletteWeights says, in the value and in both gradients (%d exact terms)",
    async (exactTerms) => {
      const d = 5;
      const law = geometricLaw({ p: 0.5 });
      const entries = contractions(1, d, 0.8, 3);
      const j = matrices(entries, d);
      for (const drawn of [1, 2, 4]) {
        const weights = rouletteWeights({ law, exactTerms, drawn });
        const value = trace(polynomial(entries, d, [0, ...weights.series]), d);
        const expected = {
          neumann: polynomial(entries, d, weights.neumann),
          // d tr(J^k)/k = tr(J^(k-1) dJ)
          series: polynomial(
            entries,
            d,
            weights.coefficients.map((c, k) => c * (-1) ** k),
          ),
        };
        for (const gradient of kinds) {
          const estimator = russianRoulette({ law, exactTerms, probes: d, gradient });
          const keys = drawing(orthonormalProbes(d), Array(d).fill(drawn));
          const result = valueAndGradients(() => sum(estimator.estimate(problemOf(j, keys))) as Tensor, [j]);
          expect((await result.value.data())[0]).toBeCloseTo(value, 4);
          const got = await result.gradients[0]!.data();
          for (let r = 0; r < d; r++)
            for (let c = 0; c < d; c++)
              expect(got[r * d + c], `${gradient} ${r}, ${c}`).toBeCloseTo(expected[gradient][c * d + r]!, 4);
          dispose([result.value, ...result.gradients]);
        }
      }
      j.dispose();
    },
  );

  it("gives the mean of its probes, each of its own length, and drops finished ones from the product", async () => {
    const [d, batch, law, exactTerms] = [4, 3, geometricLaw({ p: 0.5 }), 2];
    const j = matrices(contractions(batch, d, 0.8, 9), d);
    const probe = random.normal([4 * batch, d]);
    const counts = [1, 4, 4, 2];
    for (const gradient of kinds) {
      const upstream = tensor([1, -2, 0.5]);
      const run = async (probes: number, keys: Random) => {
        const stacks: number[] = [];
        const { jvp, ...problem } = problemOf(j, keys);
        const watching: LogDetProblem = {
          ...problem,
          jvp: (v) => (stacks.push(v.shape[0]! / batch), jvp(v)),
        };
        const estimator = russianRoulette({ law, exactTerms, probes, gradient });
        const before = memory().numTensors;
        const { value, gradients } = valueAndGradients(
          () => sum(mul(estimator.estimate(watching), upstream)) as Tensor,
          [j],
        );
        const numbers = [...(await value.data()), ...(await gradients[0]!.data())];
        dispose([value, ...gradients]);
        expect(memory().numTensors).toBe(before);
        return { numbers, stacks };
      };
      const together = await run(4, drawing(saying(probe), counts));
      // The lengths are 6, 6, 4, 3.
      expect(together.stacks).toEqual([4, 4, 4, 3, 2, 2, ...(gradient === "neumann" ? [4] : [])]);
      const alone: number[][] = [];
      for (const [s, count] of [4, 4, 2, 1].entries()) {
        const own = probe.slice([s * batch, 0], [batch, d]);
        alone.push((await run(1, drawing(saying(own), [count]))).numbers);
        own.dispose();
      }
      together.numbers.forEach((x, i) => {
        const mean = alone.reduce((total, numbers) => total + numbers[i]! / 4, 0);
        expect(Math.abs(x - mean)).toBeLessThan(1e-4 * (1 + Math.abs(mean)));
      });
      upstream.dispose();
    }
    dispose([j, probe]);
  });

  it("weighs the gradient of each example by that example's own upstream gradient", async () => {
    const [d, law] = [3, geometricLaw({ p: 0.5 })];
    const entries = contractions(3, d, 0.8);
    const j = matrices(entries, d);
    const weights = [1, -3, 0.25];
    const { neumann } = rouletteWeights({ law, exactTerms: 2, drawn: 3 });
    const estimator = russianRoulette({ law, exactTerms: 2, probes: d });
    const keys = drawing(orthonormalProbes(d), Array(d).fill(3));
    const loss = () => sum(mul(estimator.estimate(problemOf(j, keys)), tensor(weights))) as Tensor;
    const got = await valueAndGradients(loss, [j]).gradients[0]!.data();
    weights.forEach((weight, b) => {
      const expected = polynomial(entries.slice(b * 9, (b + 1) * 9), d, neumann);
      for (let r = 0; r < d; r++)
        for (let c = 0; c < d; c++)
          expect(got[b * 9 + r * d + c]).toBeCloseTo(weight * expected[c * d + r]!, 4);
    });
    j.dispose();
  });

  it("needs no product at all when nothing is drawn: value 0, and the gradient of v'Jv", async () => {
    const j = matrices(contractions(2, 3, 0.5), 3);
    const nothing: Random = { ...orthonormalProbes(3), uniformArray: (size) => new Float32Array(size) };
    const options: RussianRouletteOptions = { law: poissonLaw({ rate: 2 }), exactTerms: 0, probes: 3 };
    for (const gradient of kinds) {
      const estimator = russianRoulette({ ...options, gradient });
      const loss = () => sum(estimator.estimate(problemOf(j, nothing))) as Tensor;
      const { value, gradients } = valueAndGradients(loss, [j]);
      expect((await value.data())[0]).toBe(0);
      const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      (await gradients[0]!.data()).forEach((g, i) =>
        expect(g).toBeCloseTo(gradient === "neumann" ? identity[i % 9]! : 0, 6),
      );
    }
    j.dispose();
  });

  it("draws one length for a call and probe, from the key alone", async () => {
    const j = matrices(contractions(2, 3, 0.5), 3);
    const estimator = russianRoulette({ law: geometricLaw({ p: 0.3 }), exactTerms: 1 });
    const productsOf = (key: Random) => {
      let products = 0;
      const { jvp, ...problem } = problemOf(j, key);
      dispose(tidy(() => estimator.estimate({ ...problem, jvp: (v) => (products++, jvp(v)) })));
      return products;
    };
    const keys = random.split(40);
    const lengths = keys.map(productsOf);
    expect(keys.map(productsOf)).toEqual(lengths);
    expect(Math.min(...lengths)).toBe(3);
    expect(new Set(lengths).size).toBeGreaterThan(4);
    j.dispose();
  });

  it("leaves nothing behind when the product fails halfway", () => {
    const j = matrices(contractions(2, 3, 0.5), 3);
    for (const gradient of kinds)
      for (const failAt of [1, 3, 5]) {
        let products = 0;
        const { jvp, ...problem } = problemOf(j, drawing(createRandom(1), [4, 2]));
        const failing: LogDetProblem = {
          ...problem,
          jvp: (v) => {
            if (++products % failAt === 0) throw new Error("product failed");
            return jvp(v);
          },
        };
        const estimator = russianRoulette({
          law: geometricLaw({ p: 0.5 }),
          exactTerms: 1,
          probes: 2,
          gradient,
        });
        const before = memory().numTensors;
        expect(() => tidy(() => estimator.estimate(failing))).toThrow("product failed");
        expect(() => valueAndGradients(() => sum(estimator.estimate(failing)) as Tensor, [j])).toThrow(
          "product failed",
        );
        expect(memory().numTensors).toBe(before);
      }
    j.dispose();
  });

  it("takes an empty batch", () => {
    for (const gradient of kinds) {
      const estimator = russianRoulette({
        law: geometricLaw({ p: 0.5 }),
        exactTerms: 1,
        probes: 3,
        gradient,
      });
      const shape = tidy(() => estimator.estimate(problemOf(tensor([], [0, 2, 2]), random)).shape.slice());
      expect(shape).toEqual([0]);
    }
  });

  it("has the value of the power series where every term drawn is certain", async () => {
    const j = matrices(contractions(4, 3, 0.9), 3);
    const keys = orthonormalProbes(3);
    for (const law of [geometricLaw({ p: 0.5 }), geometricLaw({ p: 0.01 })]) {
      const roulette = russianRoulette({ law, exactTerms: 6, probes: 3 });
      const first = { ...keys, uniformArray: (size: number) => new Float32Array(size) };
      const got = await roulette.estimate(problemOf(j, first)).data();
      const want = await powerSeries({ terms: 7, probes: 3 }).estimate(problemOf(j, keys)).data();
      want.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
    }
    j.dispose();
  });
});

describe("russianRoulette: variance", () => {
  const of = (options: Partial<RussianRouletteOptions>) =>
    russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2, ...options });
  const bounds = (lipschitz: number) => ({ lipschitz, dimension: 8 });

  it("is finite with geometric(p) iff L^2 < 1 - p", () => {
    expect(() => of({}).check(bounds(0.7071))).not.toThrow();
    expect(() => of({}).check(bounds(0.7072))).toThrow(
      "russianRoulette: law: expected a tail P(N >= k) that falls more slowly than L^(2k), without which the variance " +
        "is infinite: for L = 0.707, geometricLaw({ p }) with p < 1 - L^2 = 0.5, such as geometricLaw({ p: 0.25 }); " +
        'variance: "unchecked" trusts that the true spectral radius is smaller, received {"law":"geometric","p":0.5}',
    );
    expect(() => of({ law: geometricLaw({ p: 0.1 }) }).check(bounds(0.94))).not.toThrow();
    expect(() => of({ law: geometricLaw({ p: 0.1 }) }).check(bounds(0.95))).toThrow("p: 0.0488");
  });

  it("has a finite variance with the p that the error suggests", () => {
    for (const lipschitz of [0.71, 0.9, 0.99, 0.9999]) {
      const message = (() => {
        try {
          return void of({}).check(bounds(lipschitz));
        } catch (error) {
          return (error as Error).message;
        }
      })();
      const p = Number(/such as geometricLaw\(\{ p: ([\d.e-]+) \}\)/.exec(message ?? "")![1]);
      expect(() => of({ law: geometricLaw({ p }) }).check(bounds(lipschitz))).not.toThrow();
    }
  });

  it("is infinite with poisson for every L > 0", () => {
    const law = poissonLaw({ rate: 2 });
    expect(() => of({ law }).check(bounds(0.01))).toThrow('received {"law":"poisson","rate":2}');
    expect(() => of({ law }).check(bounds(0))).not.toThrow();
    expect(() => of({ law, variance: "unchecked" }).check(bounds(0.99))).not.toThrow();
    expect(() => of({ law, variance: "unchecked" }).check(bounds(1))).toThrow("lipschitz: expected a number");
  });

  it("has second moments that grow without bound beyond the limit and add up to a finite sum below it", () => {
    // sum_{k <= K} L^(2k) / P(N >= k), the diagonal of the gradient's second moment.
    const moment = (p: number, lipschitz: number, K: number) => {
      let total = 0;
      for (let k = 1; k <= K; k++) total += lipschitz ** (2 * k) / geometricLaw({ p }).survival(k);
      return total;
    };
    expect(moment(0.5, 0.75, 400) / moment(0.5, 0.75, 200)).toBeGreaterThan(1e5);
    expect(moment(0.5, 0.65, 400) / moment(0.5, 0.65, 200)).toBeCloseTo(1, 9);
  });
});

describe("russianRoulette: options", () => {
  it.each([
    [{ exactTerms: 2 }, "russianRoulette: expected the option law, received none"],
    [{ law: geometricLaw({ p: 0.5 }) }, "russianRoulette: expected the option exactTerms, received none"],
    [
      { law: geometricLaw({ p: 0.5 }), exactTerms: 1e12 },
      "russianRoulette: exactTerms: expected an integer from 0 to 10000, received 1000000000000",
    ],
    [
      { law: geometricLaw({ p: 0.001 }), exactTerms: 0, probes: 201 },
      "russianRoulette: probes: expected at most 200 with 1000 terms, received 201",
    ],
    [
      { law: geometricLaw({ p: 0.5 }), exactTerms: 1, probes: 0 },
      "russianRoulette: probes: expected an integer from 1 to 10000",
    ],
    [
      { law: geometricLaw({ p: 0.5 }), exactTerms: 1, variance: "finite" },
      'russianRoulette: variance: expected one of checked, unchecked, received "finite"',
    ],
    [
      { law: geometricLaw({ p: 0.5 }), exactTerms: 1, gradient: "exact" },
      'russianRoulette: gradient: expected one of neumann, series, received "exact"',
    ],
  ])("refuses %o", (options, message) => {
    expect(() => russianRoulette(options as never)).toThrow(message);
  });
});
