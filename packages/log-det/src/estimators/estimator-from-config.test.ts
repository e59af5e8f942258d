import { describe, expect, it } from "vitest";
import {
  estimatorFromConfig,
  exactLogDet,
  geometricLaw,
  neumann,
  poissonLaw,
  powerSeries,
  russianRoulette,
  withGradient,
} from "../index.ts";

const roulette = { law: geometricLaw({ p: 0.25 }), exactTerms: 0 };

describe("estimatorFromConfig", () => {
  it.each(
    [
      exactLogDet(),
      exactLogDet({ maxDimension: 5 }),
      powerSeries({ terms: 4 }),
      powerSeries({ terms: 9, probes: 3, distribution: "gaussian", gradient: "series" }),
      russianRoulette(roulette),
      russianRoulette({
        law: poissonLaw({ rate: 2 }),
        exactTerms: 20,
        variance: "unchecked",
        probes: 2,
        distribution: "gaussian",
        gradient: "series",
      }),
      withGradient({ value: exactLogDet(), gradient: neumann({ terms: 7, probes: 2 }) }),
      withGradient({
        value: russianRoulette(roulette),
        gradient: neumann({ ...roulette, distribution: "gaussian" }),
      }),
    ].map((estimator) => [JSON.stringify(estimator.config), estimator] as const),
  )("rebuilds %s", (text, estimator) => {
    const copy = estimatorFromConfig(JSON.parse(text));
    expect(copy).toMatchObject({ name: estimator.name, kind: estimator.kind, config: estimator.config });
    expect(JSON.stringify(copy.config)).toBe(text);
  });

  const law = { law: "geometric", p: 0.5 };
  it.each([
    [undefined, "the configuration of one of exact, powerSeries, russianRoulette, withGradient"],
    [null, "received null"],
    ["exact", 'received "exact"'],
    [[], "received []"],
    [{}, "received {}"],
    [{ name: "toString" }, "toString"],
    [{ name: "roulette" }, "one of exact"],
    [{ name: "powerSeries" }, "powerSeries: expected the option terms, received none"],
    [{ name: "powerSeries", terms: "5" }, 'received "5"'],
    [
      { name: "exact", maxDimension: -1 },
      "exactLogDet: maxDimension: expected an integer from 1 to 1024, received -1",
    ],
    [{ name: "russianRoulette", exactTerms: 2 }, "a geometric or poisson law, received undefined"],
    [
      { name: "russianRoulette", exactTerms: "2", law },
      'exactTerms: expected an integer from 0 to 10000, received "2"',
    ],
    [{ name: "russianRoulette", exactTerms: 2, law: { law: "geometric", p: "0.5" } }, "geometricLaw: p"],
    [{ name: "russianRoulette", exactTerms: 2, law: { law: "poisson", rate: null } }, "poissonLaw: rate"],
    // A gradient is no estimator.
    [{ name: "neumann", terms: 3 }, "one of exact, powerSeries, russianRoulette, withGradient"],
    [{ name: "withGradient", value: { name: "exact" } }, "the configuration of one of neumann"],
    [{ name: "withGradient", gradient: { name: "neumann", terms: 3 } }, "one of exact"],
    [
      { name: "withGradient", value: { name: "exact" }, gradient: { name: "neumann" } },
      "neumann: law: expected geometricLaw({ p }) or poissonLaw({ rate }), received undefined",
    ],
  ])("refuses %o", (config, message) => {
    expect(() => estimatorFromConfig(config as never)).toThrow(message);
  });
});
