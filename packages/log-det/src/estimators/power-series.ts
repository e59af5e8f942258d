import { checkChoice, checkOptions, checkPositiveInteger } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import { checkContraction } from "./estimator.ts";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import { probesOf } from "../series/probes.ts";
import type { ProbeOptions } from "../series/probes.ts";
import type { LogDetProblem } from "../problem.ts";
import { alternating, directSeries, neumannSeries, seriesWeight } from "../series/series-gradients.ts";
import type { NeumannSeries } from "../series/series-gradients.ts";
import { truncationBound } from "../series/truncation-bound.ts";

/**
 * How the gradient of a series is computed. "neumann" records one product, and supports first derivatives only. "series"
 * differentiates every term, and supports derivatives of any order.
 */
export type SeriesGradient = "neumann" | "series";

/** Options of `powerSeries`. */
export interface PowerSeriesOptions extends ProbeOptions {
  /** The number n of terms. `truncationBound` says how large the omitted rest can be. */
  readonly terms: number;
  /** Default "neumann", which records one product whatever the number of terms. "series" differentiates every term. */
  readonly gradient?: SeriesGradient;
}

/**
 * Estimates log det(I + J) by a truncated power series with Hutchinson's trace estimator:
 *
 *     log det(I + J)  ~  sum_{k=1..n} (-1)^(k+1)/k v'J^k v,    E[vv'] = I.
 *
 * Each example has its own probes v. The only bias is that of the truncation, at most `truncationBound`. The estimate takes
 * `terms` products, each of all probes at once.
 *
 * With either choice of `gradient`, the value is this series and the expected gradient is that of the truncated series. With
 * "neumann", however, the gradient of a single draw is not the derivative of its value, so do not check it by finite
 * differences. It also supports first derivatives only, because u is held constant. "series" is right at any order.
 *
 * @throws ArgumentError for terms or probes below 1, or an unknown distribution or gradient.
 * @see Behrmann et al. (2019), arXiv:1811.00995, algorithm 2; Chen et al. (2019), arXiv:1906.02735, theorem 2
 */
export function powerSeries(options: PowerSeriesOptions): LogDetEstimator {
  checkOptions("powerSeries", options, {
    terms: "required",
    gradient: "optional",
    probes: "optional",
    distribution: "optional",
  });
  const { terms, gradient = "neumann", ...probeOptions } = options;
  checkPositiveInteger("powerSeries: terms", terms);
  const probes = probesOf("powerSeries", probeOptions);
  checkChoice("powerSeries: gradient", gradient, Object.keys(gradients));
  // With a single term, both ways to take the gradient are the same.
  const series = gradients[terms === 1 ? "series" : gradient](terms, probes.count);
  return Object.freeze({
    name: "powerSeries",
    kind: "biased",
    config: { name: "powerSeries", terms, ...probes.config, gradient },
    bias: ({ lipschitz, dimension }: ContractionBounds) => truncationBound({ lipschitz, dimension, terms }),
    check: (bounds: ContractionBounds) => checkContraction("powerSeries", bounds),
    estimate: (problem: LogDetProblem): Tensor =>
      series(problem, probes.draw(problem.random, problem.batch, problem.shape)),
  } as const);
}

type SeriesOfProbes = (problem: LogDetProblem, probe: Tensor) => Tensor;

const gradients: Readonly<Record<SeriesGradient, (terms: number, probes: number) => SeriesOfProbes>> = {
  /**
   * The sum s = sum_{k <= n} (-1)^(k+1) v'J^k v also contains the last term of the value,
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
