import { checkChoice, checkPositiveInteger } from "@invertible/errors";
import type { Random, Shape, Tensor } from "@invertible/ops";

export type ProbeDistribution = "gaussian" | "rademacher";

export interface ProbeOptions {
  /** Independent probes to average over, as stacked copies of the batch in one product. Default 1. */
  readonly probes?: number;
  /** Default "rademacher": exact for diagonal J, and never of larger variance than "gaussian". */
  readonly distribution?: ProbeDistribution;
}

/** P probes for every example of a batch: [P B, ...shape] with E[vv'] = I, all independent. */
export interface Probes {
  readonly count: number;
  readonly config: { readonly probes: number; readonly distribution: ProbeDistribution };
  draw(random: Random, batch: number, shape: Shape): Tensor;
}

const distributions: Readonly<Record<ProbeDistribution, (random: Random, shape: Shape) => Tensor>> = {
  gaussian: (random, shape) => random.normal(shape),
  rademacher: (random, shape) => random.rademacher(shape),
};

/** @throws ArgumentError for probes below 1 or an unknown distribution. */
export function probesOf(where: string, { probes = 1, distribution = "rademacher" }: ProbeOptions): Probes {
  checkPositiveInteger(`${where}: probes`, probes);
  checkChoice(`${where}: distribution`, distribution, Object.keys(distributions));
  return {
    count: probes,
    config: { probes, distribution },
    draw: (random, batch, shape) => distributions[distribution](random, [probes * batch, ...shape]),
  };
}
