import { addN, checkPositiveInteger, fail, mul } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import type { LogDetProblem } from "./problem.ts";
import { directSeries, neumannSeries } from "./series-gradients.ts";
import type { SeriesForProbe } from "./series-gradients.ts";
import { truncationBound } from "./truncation-bound.ts";

export type ProbeDistribution = "gaussian" | "rademacher";
export type SeriesGradient = "neumann" | "series";

export interface PowerSeriesOptions {
  /** n, the length of the series. See `truncationBound` for what is cut off. */
  readonly terms: number;
  /** Independent probes to average over. Default 1. */
  readonly probes?: number;
  /** Default "rademacher": exact for diagonal J, and never of larger variance than "gaussian". */
  readonly distribution?: ProbeDistribution;
  /** Default "neumann": one recorded product, whatever the number of terms. "series" differentiates every term. */
  readonly gradient?: SeriesGradient;
}

const gradients: Readonly<Record<SeriesGradient, SeriesForProbe>> = {
  neumann: neumannSeries,
  series: directSeries,
};

const distributions: Readonly<
  Record<ProbeDistribution, (random: Random, shape: readonly number[]) => Tensor>
> = {
  gaussian: (random, shape) => random.normal(shape),
  rademacher: (random, shape) => random.rademacher(shape),
};

/**
 * The truncated power series with Hutchinson's trace estimator,
 *
 *     log det(I + J)  ~  sum_{k=1..n} (-1)^(k+1)/k v'J^k v,    E[vv'] = I.
 *
 * Each example has its own probes. Biased by the truncation only, by at most `truncationBound`; `terms` products per probe.
 * With either choice of `gradient` the value is this series, and the gradient has that of the truncated series as its
 * expectation. (With "neumann" the value's own derivative is another random variable: do not check it by finite differences
 * of a single probe.)
 *
 * @throws ArgumentError for terms or probes below 1, or an unknown distribution or gradient.
 * @see Behrmann et al. (2019), arXiv:1811.00995, algorithm 2; Chen et al. (2019), arXiv:1906.02735, theorem 2
 */
export function powerSeries(options: PowerSeriesOptions): LogDetEstimator {
  const { terms, probes = 1, distribution = "rademacher", gradient = "neumann" } = options;
  checkPositiveInteger("powerSeries: terms", terms);
  checkPositiveInteger("powerSeries: probes", probes);
  checkKnown("powerSeries: distribution", distributions, distribution);
  checkKnown("powerSeries: gradient", gradients, gradient);
  const draw = distributions[distribution];
  const series = gradients[gradient];
  return Object.freeze({
    name: "powerSeries",
    kind: "biased",
    config: { name: "powerSeries", terms, probes, distribution, gradient },
    bias: ({ lipschitz, dimension }: ContractionBounds) => truncationBound({ lipschitz, dimension, terms }),
    estimate({ jvp, batch, shape, random }: LogDetProblem): Tensor {
      const keys = probes === 1 ? [random] : random.split(probes);
      const values = keys.map((key) => series(jvp, draw(key, [batch, ...shape]), terms));
      return values.length === 1 ? values[0]! : mul(addN(values), 1 / probes);
    },
  } as const);
}

function checkKnown(where: string, table: object, name: string): void {
  if (!Object.hasOwn(table, name)) fail(where, `one of ${Object.keys(table).join(", ")}`, name);
}
