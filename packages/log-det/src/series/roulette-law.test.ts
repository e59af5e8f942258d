import { createRandom } from "@invertible/ops";
import { describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { geometricLaw, poissonLaw, rouletteWeights } from "../index.ts";
import type { RouletteLaw } from "../index.ts";
import { drawCounts, lawFromConfig } from "./roulette-law.ts";

interface Golden {
  readonly case: string;
  readonly inputs: { dist?: "geometric" | "poisson"; param: number; n_exact_terms: number };
  readonly expected: {
    rows: [number, number, number][];
    "P(N>=k-n_exact)_k1_to_20": number[];
    coefficients_for_drawn_N: Record<
      string,
      {
        n_terms: number;
        coeff: number[];
        "series_weights_(-1)^(k+1)/k*coeff": number[];
        "neumann_weights_(-1)^k*coeff_k0_is_1": number[];
      }
    >;
  };
  readonly tolerance: Tolerance;
}
const golden = readGolden<Golden>("russian_roulette");
const lawOf = ({ dist, param }: Golden["inputs"]) =>
  dist === "geometric" ? geometricLaw({ p: param }) : poissonLaw({ rate: param });

describe("golden weights of the Russian roulette", () => {
  const weights = golden.filter(({ inputs }) => inputs.dist !== undefined);
  it.each(weights.map((each) => [each.case, each] as const))("%s", (_, each) => {
    const { inputs, expected, tolerance } = each;
    const [law, exactTerms] = [lawOf(inputs), inputs.n_exact_terms];
    const survival = Array.from({ length: 20 }, (_, i) => law.survival(i + 1 - exactTerms));
    demandClose(survival, expected["P(N>=k-n_exact)_k1_to_20"], tolerance, "P(N >= k)");
    const drawn = Object.entries(expected.coefficients_for_drawn_N);
    expect(drawn.length).toBeGreaterThan(3);
    for (const [n, want] of drawn) {
      const got = rouletteWeights({ law, exactTerms, drawn: Number(n) });
      expect(got.terms).toBe(want.n_terms);
      demandClose(got.coefficients, want.coeff, tolerance);
      demandClose(got.series, want["series_weights_(-1)^(k+1)/k*coeff"], tolerance);
      demandClose(got.neumann, want["neumann_weights_(-1)^k*coeff_k0_is_1"], tolerance);
    }
  });

  it("the mean over N of the value is log(1 + j), for a scalar j", () => {
    const { expected, tolerance } = golden.find(({ inputs }) => inputs.dist === undefined)!;
    for (const [j, expectation, log] of expected.rows) {
      const got = meanOverN(geometricLaw({ p: 0.5 }), 2, (w) =>
        w.series.reduce((total, a, i) => total + a * j ** (i + 1), 0),
      );
      demandClose([got], [expectation], tolerance);
      demandClose([got], [log], tolerance);
    }
  });
});

type Weights = ReturnType<typeof rouletteWeights>;

/** The mean of f(weights) over N. What is left out has a probability below 1e-8 or terms k > 100. */
function meanOverN(law: RouletteLaw, exactTerms: number, f: (weights: Weights) => number): number {
  let total = 0;
  for (let n = 0; n < 400 && law.survival(n) > 1e-250; n++)
    total += (law.survival(n) - law.survival(n + 1)) * f(rouletteWeights({ law, exactTerms, drawn: n }));
  return total;
}

const laws = [
  geometricLaw({ p: 0.5 }),
  geometricLaw({ p: 0.05 }),
  poissonLaw({ rate: 0.3 }),
  poissonLaw({ rate: 2 }),
  poissonLaw({ rate: 9 }),
];

describe.each(laws.map((law) => [JSON.stringify(law.config), law] as const))("%s", (_, law) => {
  it.each([0, 1, 3])("has weights of mean (-1)^(k+1)/k and (-1)^k: unbiased with %d exact terms", (m) => {
    const j = 0.35;
    const value = meanOverN(law, m, ({ series }) => series.reduce((t, a, i) => t + a * j ** (i + 1), 0));
    const gradient = meanOverN(law, m, ({ neumann }) => neumann.reduce((t, c, k) => t + c * j ** k, 0));
    expect(value).toBeCloseTo(Math.log1p(j), 7);
    expect(gradient).toBeCloseTo(1 / (1 + j), 6);
  });

  it("has counts with its survival function: 20000 draws, 4.5 standard errors at every k", () => {
    const draws = 20_000;
    const counts = drawCounts(law, createRandom(5).fold(JSON.stringify(law.config)), draws);
    for (let k = 0; law.survival(k) > 20 / draws; k++) {
      const expected = law.survival(k);
      const got = counts.filter((n) => n >= k).length / draws;
      const error = Math.sqrt((expected * (1 - expected)) / draws);
      expect(Math.abs(got - expected), `k = ${k}`).toBeLessThanOrEqual(4.5 * error);
    }
  });

  it("has a survival function that starts at 1, falls, and never ends", () => {
    expect(law.survival(-3)).toBe(1);
    expect(law.survival(0)).toBe(1);
    for (let k = 0; k < 60; k++) {
      expect(law.survival(k + 1)).toBeLessThanOrEqual(law.survival(k));
      expect(law.survival(k + 1)).toBeGreaterThan(0);
    }
    expect(law.survival(61) / law.survival(60)).toBeLessThan(law.tailRatio + 0.16);
  });

  it("comes back from its config", () => {
    const copy = lawFromConfig(JSON.parse(JSON.stringify(law.config)));
    expect(copy.config).toEqual(law.config);
    expect(copy.survival(4)).toBe(law.survival(4));
  });
});

describe("drawCounts", () => {
  it("reaches P(N >= k) = 2^-48 and no further, and the smallest N at the other end", () => {
    const saying = (...uniforms: number[]) => ({
      ...createRandom(0),
      uniformArray: () => Float32Array.from(uniforms),
    });
    const top = 1 - 2 ** -24;
    expect(drawCounts(geometricLaw({ p: 0.5 }), saying(top, top), 1)).toEqual([49]);
    expect(drawCounts(geometricLaw({ p: 0.5 }), saying(0, 0, 0.5, 0, 0.5 - 2 ** -24, top), 3)).toEqual([
      1, 2, 1,
    ]);
    expect(drawCounts(poissonLaw({ rate: 2 }), saying(0, 0, 1 - 0.86, 0), 2)).toEqual([0, 1]);
  });
});

describe("poisson", () => {
  it("keeps relative precision far out in the tail, and at large rates", () => {
    // P(N >= k) for rate 2 is 2^k e^-2 / k! (1 + 2/(k+1) + 4/((k+1)(k+2)) + ...).
    let term = 1;
    let sum = 0;
    for (let i = 30; term > 1e-17; term *= 2 / ++i) sum += term;
    let first = Math.exp(-2);
    for (let i = 1; i <= 30; i++) first *= 2 / i;
    expect(poissonLaw({ rate: 2 }).survival(30) / (first * sum)).toBeCloseTo(1, 12);
    expect(poissonLaw({ rate: 600 }).survival(600)).toBeCloseTo(0.5 + 0.5 / Math.sqrt(2 * Math.PI * 600), 2);
  });
});

describe("laws", () => {
  it.each([
    [() => geometricLaw({ p: 0 }), "geometricLaw: p: expected a number in (0.000001, 1), received 0"],
    // Its draws would never end, since 1 - p rounds to 1.
    [() => geometricLaw({ p: 1e-17 }), "geometricLaw: p: expected a number in (0.000001, 1), received 1e-17"],
    [() => geometricLaw({ p: 1 }), "geometricLaw: p: expected a number in (0.000001, 1), received 1"],
    [() => poissonLaw({ rate: 0 }), "poissonLaw: rate: expected a number in (0, 700), received 0"],
    [() => poissonLaw({ rate: NaN }), "poissonLaw: rate"],
    [() => lawFromConfig({ law: "uniform" }), "expected the configuration of a geometric or poisson law"],
    [
      () => lawFromConfig({ law: "geometric", p: "0.5" }),
      'geometricLaw: p: expected a number in (0.000001, 1), received "0.5"',
    ],
    [() => rouletteWeights({ law: laws[0]!, exactTerms: -1, drawn: 2 }), "exactTerms: expected an integer"],
    [() => rouletteWeights({ law: laws[0]!, exactTerms: 1, drawn: 0.5 }), "drawn: expected an integer >= 0"],
  ])("refuse %#", (make, message) => {
    expect(make).toThrow(message);
  });
});
