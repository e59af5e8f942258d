import { checkChoice, checkOptions } from "@invertible/errors";
import { checkProducts } from "../series/limits.ts";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import type { SeriesGradient } from "./power-series.ts";
import { probesOf } from "../series/probes.ts";
import type { ProbeOptions } from "../series/probes.ts";
import type { LogDetProblem } from "../problem.ts";
import { rouletteOf } from "../series/roulette.ts";
import type { DrawnLengths } from "../series/drawn-lengths.ts";
import type { Roulette, RouletteOptions } from "../series/roulette.ts";
import { alternating, directSeries, neumannSeries, seriesWeight } from "../series/series-gradients.ts";

/** Options of `russianRoulette`. */
export interface RussianRouletteOptions extends RouletteOptions, ProbeOptions {
  /** Default "neumann", which records one product whatever the length. "series" differentiates every term. */
  readonly gradient?: SeriesGradient;
}

/**
 * Estimates log det(I + J) without bias. The power series is cut at a random length T = m + N, and its terms are reweighted so
 * that nothing is missing on average:
 *
 *     log det(I + J) = E sum_{k=1..T} (-1)^(k+1)/k v'J^k v / P(T >= k),    E[vv'] = I.
 *
 * Value and gradient are unbiased as long as |J| < 1. One N is drawn on the host for each probe and call, so all examples of a
 * batch share it. Their errors are therefore correlated: averaging over a batch does not reduce the noise of N, but averaging
 * over probes or calls does. An estimate takes m + E[N] products on average, and one more with the "neumann" gradient. The
 * number has no upper limit, except that an N with a probability below 2^-48 is never drawn.
 *
 * The variance is finite only if the tail of the law falls more slowly than L^(2k), and `check` demands this. For
 * `geometricLaw({ p })` it means p < 1 - L^2. For a Poisson law, the default of the published code, it fails for every L > 0.
 *
 * @throws ArgumentError for exactTerms outside 0 to 10000, probes outside 1 to 10000, more than 200000 products on average, or an
 * unknown distribution, gradient or variance. `check` throws where the variance is infinite, and names a p that would do.
 * @see Chen et al. (2019), arXiv:1906.02735, theorems 1 and 2
 */
export function russianRoulette(options: RussianRouletteOptions): LogDetEstimator {
  checkOptions("russianRoulette", options, {
    gradient: "optional",
    law: "required",
    exactTerms: "required",
    variance: "optional",
    probes: "optional",
    distribution: "optional",
  });
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
      const lengths = roulette.draw(problem.random, probes.count, problem.batch);
      return gradients[gradient](problem, probe, lengths, roulette);
    },
  } as const);
}

type RouletteSeries = (
  problem: LogDetProblem,
  probe: Tensor,
  lengths: DrawnLengths,
  roulette: Roulette,
) => Tensor;

const gradients: Readonly<Record<SeriesGradient, RouletteSeries>> = {
  neumann: (problem, probe, lengths, { coefficient }) =>
    neumannSeries(problem, probe, {
      ...lengths,
      value: (k) => seriesWeight(k) * coefficient(k),
      gradient: (k) => alternating(k) * coefficient(k),
      surrogate: 0,
    }),
  series: (problem, probe, lengths, { coefficient }) =>
    directSeries(problem, probe, { ...lengths, value: (k) => seriesWeight(k) * coefficient(k) }),
};
