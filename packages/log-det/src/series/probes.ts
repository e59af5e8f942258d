import { checkChoice, checkPositiveInteger } from "@invertible/errors";
import type { Random, Shape, Tensor } from "@invertible/ops";

/** The distribution of the entries of a probe: standard normal, or 1 and -1 with equal probability. */
export type ProbeDistribution = "gaussian" | "rademacher";

/** Options of the probes, which are random vectors v with E[vv'] = I that estimate a trace by v'Av. */
export interface ProbeOptions {
  /** How many independent probes to average over. They are stacked copies of the batch in one product. Default 1. */
  readonly probes?: number;
  /** Default "rademacher". It is exact for diagonal J, and its variance is never larger than that of "gaussian". */
  readonly distribution?: ProbeDistribution;
}

/** P independent probes for every example of a batch: [P B, ...shape] with E[vv'] = I. */
export interface Probes {
  readonly count: number;
  readonly config: { readonly probes: number; readonly distribution: ProbeDistribution };
  draw(random: Random, batch: number, shape: Shape): Tensor;
}

const distributions: Readonly<Record<ProbeDistribution, (random: Random, shape: Shape) => Tensor>> = {
  gaussian: (random, shape) => random.normal(shape),
  rademacher: (random, shape) => random.rademacher(shape),
};

/**
 * Prepares to draw probes.
 *
 * @throws ArgumentError for probes below 1 or an unknown distribution.
 */
export function probesOf(where: string, { probes = 1, distribution = "rademacher" }: ProbeOptions): Probes {
  checkPositiveInteger(`${where}: probes`, probes);
  checkChoice(`${where}: distribution`, distribution, Object.keys(distributions));
  return {
    count: probes,
    config: { probes, distribution },
    draw: (random, batch, shape) => distributions[distribution](random, [probes * batch, ...shape]),
  };
}
