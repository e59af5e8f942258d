import { checkChoice } from "@invertible/errors";
import { checkProducts, checkTerms } from "../series/limits.ts";
import type { Tensor } from "@invertible/ops";
import { checkContraction } from "./estimator.ts";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import { probesOf } from "../series/probes.ts";
import type { ProbeOptions } from "../series/probes.ts";
import type { LogDetProblem } from "../problem.ts";
import { alternating, directSeries, neumannSeries, seriesWeight } from "../series/series-gradients.ts";
import type { NeumannSeries } from "../series/series-gradients.ts";
import { truncationBound } from "../series/truncation-bound.ts";

export type SeriesGradient = "neumann" | "series";

export interface PowerSeriesOptions extends ProbeOptions {
  /** n, the length of the series. See `truncationBound` for what is cut off. */
  readonly terms: number;
  /** Default "neumann": one recorded product, whatever the number of terms. "series" differentiates every term. */
  readonly gradient?: SeriesGradient;
}

/**
 * The truncated power series with Hutchinson's trace estimator,
 *
 *     log det(I + J)  ~  sum_{k=1..n} (-1)^(k+1)/k v'J^k v,    E[vv'] = I.
 *
 * Each example has its own probes. Biased by the truncation only, by at most `truncationBound`; `terms` products, each of
 * all probes at once.
 * With either choice of `gradient` the value is this series, and the gradient has that of the truncated series as its
 * expectation. (With "neumann" the value's own derivative is another random variable: do not check it by finite differences
 * of a single probe. And it is a first derivative only: to a second one u is a constant. "series" is right at any order.)
 *
 * @throws ArgumentError for terms or probes outside 1 to 10000, more than 200000 products, or an unknown distribution or gradient.
 * @see Behrmann et al. (2019), arXiv:1811.00995, algorithm 2; Chen et al. (2019), arXiv:1906.02735, theorem 2
 */
export function powerSeries({
  terms,
  gradient = "neumann",
  ...options
}: PowerSeriesOptions): LogDetEstimator {
  checkTerms("powerSeries: terms", terms, 1);
  const probes = probesOf("powerSeries", options);
  checkProducts("powerSeries", terms, probes.count);
  checkChoice("powerSeries: gradient", gradient, Object.keys(gradients));
  // A single term is its own surrogate.
  const series = gradients[terms === 1 ? "series" : gradient](terms, probes.count);
  return Object.freeze({
    name: "powerSeries",
    kind: "biased",
    config: { name: "powerSeries", terms, ...probes.config, gradient },
    bias: ({ lipschitz, dimension }: ContractionBounds) => truncationBound({ lipschitz, dimension, terms }),
    check(bounds: ContractionBounds): void {
      checkContraction("powerSeries", bounds);
      probes.check(bounds);
    },
    estimate: (problem: LogDetProblem): Tensor =>
      series(problem, probes.draw(problem.random, problem.batch, problem.shape)),
  } as const);
}

type SeriesOfProbes = (problem: LogDetProblem, probe: Tensor) => Tensor;

const gradients: Readonly<Record<SeriesGradient, (terms: number, probes: number) => SeriesOfProbes>> = {
  /**
   * s = sum_{k <= n} (-1)^(k+1) v'J^k v contains the last term of the value too,
   *
   *     (-1)^(n+1)/n v'J^n v = (s - sum_{k < n} (-1)^(k+1) v'J^k v) / n,
   *
   * so n products are enough for value and gradient.
   */
  neumann: (terms, probes) => {
    const series: NeumannSeries = {
      lengths: Array<number>(probes).fill(terms - 1),
      value: (k) => seriesWeight(k) - alternating(k + 1) / terms,
      gradient: alternating,
      surrogate: 1 / terms,
    };
    return (problem, probe) => neumannSeries(problem, probe, series);
  },
  series: (terms, probes) => {
    const series = { lengths: Array<number>(probes).fill(terms), value: seriesWeight };
    return (problem, probe) => directSeries(problem, probe, series);
  },
};
