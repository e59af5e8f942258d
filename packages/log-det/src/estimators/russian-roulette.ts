import { checkChoice } from "@invertible/errors";
import { checkProducts } from "../series/limits.ts";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import type { SeriesGradient } from "./power-series.ts";
import { probesOf } from "../series/probes.ts";
import type { ProbeOptions } from "../series/probes.ts";
import type { LogDetProblem } from "../problem.ts";
import { rouletteOf } from "../series/roulette.ts";
import type { Roulette, RouletteOptions } from "../series/roulette.ts";
import { alternating, directSeries, neumannSeries, seriesWeight } from "../series/series-gradients.ts";

export interface RussianRouletteOptions extends RouletteOptions, ProbeOptions {
  /** Default "neumann": one recorded product, whatever the length drawn. "series" differentiates every term. */
  readonly gradient?: SeriesGradient;
}

/**
 * The power series cut at a random length T = m + N and reweighted, so that nothing is missing on average:
 *
 *     log det(I + J) = E sum_{k=1..T} (-1)^(k+1)/k v'J^k v / P(T >= k),    E[vv'] = I.
 *
 * Unbiased, value and gradient, while |J| < 1. One N is drawn for each probe and call, on the host, so all examples of a
 * batch share it: their errors are correlated, and a mean over the batch does not average N out; over probes and calls it
 * does. On average m + E[N] products, one more with the "neumann" gradient; there is no largest number, but N
 * cannot exceed what has probability 2^-48.
 *
 * Its variance is finite only if the law's tail falls more slowly than L^(2k): `check` asks for that. For geometricLaw({ p }) it
 * means p < 1 - L^2; for a Poisson law, the default of the published code, it is false for every L > 0.
 *
 * @throws ArgumentError for exactTerms outside 0 to 10000, probes outside 1 to 10000, more than 200000 products on average, or an unknown distribution, gradient or variance; from `check`
 *   when the variance is infinite, naming the p that would do.
 * @see Chen et al. (2019), arXiv:1906.02735, theorems 1 and 2
 */
export function russianRoulette(options: RussianRouletteOptions): LogDetEstimator {
  const { gradient = "neumann" } = options;
  const roulette = rouletteOf("russianRoulette", options);
  const probes = probesOf("russianRoulette", options);
  checkProducts("russianRoulette", roulette.meanTerms, probes.count);
  checkChoice("russianRoulette: gradient", gradient, Object.keys(gradients));
  return Object.freeze({
    name: "russianRoulette",
    kind: "unbiased",
    config: { name: "russianRoulette", ...roulette.config, ...probes.config, gradient },
    bias: () => 0,
    check(bounds: ContractionBounds): void {
      roulette.check(bounds);
      probes.check(bounds);
    },
    estimate(problem: LogDetProblem): Tensor {
      const probe = probes.draw(problem.random, problem.batch, problem.shape);
      const lengths = roulette.draw(problem.random, probes.count);
      return gradients[gradient](problem, probe, lengths, roulette);
    },
  } as const);
}

type RouletteSeries = (
  problem: LogDetProblem,
  probe: Tensor,
  lengths: readonly number[],
  roulette: Roulette,
) => Tensor;

const gradients: Readonly<Record<SeriesGradient, RouletteSeries>> = {
  neumann: (problem, probe, lengths, { coefficient }) =>
    neumannSeries(problem, probe, {
      lengths,
      value: (k) => seriesWeight(k) * coefficient(k),
      gradient: (k) => alternating(k) * coefficient(k),
      surrogate: 0,
    }),
  series: (problem, probe, lengths, { coefficient }) =>
    directSeries(problem, probe, { lengths, value: (k) => seriesWeight(k) * coefficient(k) }),
};
