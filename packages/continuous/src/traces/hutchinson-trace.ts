import { checkChoice, checkIntegerFrom, checkOptions, fail } from "@invertible/errors";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { TraceEstimator, VectorProblem } from "./trace-estimator.ts";

/** The distribution of a probe's entries: standard normal, or 1 and -1 with equal probability. */
export type ProbeDistribution = "gaussian" | "rademacher";

/** Options of `hutchinsonTrace`. */
export interface HutchinsonTraceOptions {
  /** How many independent probes each example has, from 1 to 1000. Default 1. */
  readonly probes?: number;
  /** Default "rademacher", whose variance is never larger. The published toy experiments draw "gaussian" ones. */
  readonly distribution?: ProbeDistribution;
}

const draws: Readonly<Record<ProbeDistribution, (random: Random, shape: Shape) => Tensor>> = {
  gaussian: (random, shape) => random.normal(shape),
  rademacher: (random, shape) => random.rademacher(shape),
};

/** The names of `ProbeDistribution`. */
export const probeDistributions = Object.keys(draws) as ProbeDistribution[];

/** Numbers in all probes of one example: 256 MB. */
const mostProbeNumbers = 2 ** 26;

/**
 * An unbiased estimate of the trace: the mean of <v, J v> over random probes v with E[vv'] = I. A product costs about as much
 * as f, whatever the dimension. Rademacher probes have the variance 2 sum_(i != j) S_ij^2 / probes and Gaussian ones
 * 2 sum_ij S_ij^2 / probes, with S the symmetric part of J.
 *
 * @throws ArgumentError for probes outside 1 to 1000, an unknown distribution, or probes larger than memory.
 * @see Hutchinson (1990), "A stochastic estimator of the trace of the influence matrix"; Grathwohl et al. (2019),
 * arXiv:1810.01367, equation 8, for one probe per solve
 */
export function hutchinsonTrace(options: HutchinsonTraceOptions = {}): TraceEstimator {
  const name = "hutchinsonTrace";
  checkOptions(name, options, { probes: "optional", distribution: "optional" });
  const { probes = 1, distribution = "rademacher" } = options;
  checkIntegerFrom(`${name}: probes`, probes, 1, 1000);
  checkChoice(`${name}: distribution`, distribution, probeDistributions);
  return Object.freeze({
    name: "hutchinson",
    kind: "unbiased",
    weight: 1 / probes,
    config: { name: "hutchinson", probes, distribution },
    count: () => probes,
    check(where: string, dimension: number): void {
      if (probes * dimension > mostProbeNumbers)
        fail(
          `${where}: probes`,
          `at most ${Math.floor(mostProbeNumbers / dimension)} of ${dimension} numbers each`,
          probes,
        );
    },
    vectors: ({ batch, shape, random }: VectorProblem) =>
      draws[distribution](random, [probes * batch, ...shape]),
  } as const);
}
