import { checkChoice, checkIntegerFrom } from "@invertible/errors";
import type { ContractionBounds } from "../estimators/estimator.ts";
import { checkProbeNumbers, mostTerms } from "./limits.ts";
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
  /** @throws ArgumentError where the probes of one example are larger than memory. */
  check(bounds: ContractionBounds): void;
  draw(random: Random, batch: number, shape: Shape): Tensor;
}

const distributions: Readonly<Record<ProbeDistribution, (random: Random, shape: Shape) => Tensor>> = {
  gaussian: (random, shape) => random.normal(shape),
  rademacher: (random, shape) => random.rademacher(shape),
};

/** @throws ArgumentError for probes outside 1 to 10000, or an unknown distribution. */
export function probesOf(where: string, { probes = 1, distribution = "rademacher" }: ProbeOptions): Probes {
  checkIntegerFrom(`${where}: probes`, probes, 1, mostTerms);
  checkChoice(`${where}: distribution`, distribution, Object.keys(distributions));
  return {
    count: probes,
    config: { probes, distribution },
    check: ({ dimension }) => checkProbeNumbers(where, probes, dimension),
    draw: (random, batch, shape) => distributions[distribution](random, [probes * batch, ...shape]),
  };
}
