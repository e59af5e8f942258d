import { exactLogDet, geometricLaw, poissonLaw, powerSeries, russianRoulette } from "@invertible/log-det";
import type { ContractionBounds, LogDetEstimator, RouletteLaw } from "@invertible/log-det";

/** An estimator of the log-det, and how to name it. */
export interface Candidate {
  readonly family: "exact" | "power series" | "geometric roulette" | "Poisson roulette";
  /** Beside its mark in the plot: the number of terms, or of exact terms. */
  readonly label: string;
  readonly estimator: LogDetEstimator;
}

/** Each with one probe. Only values are asked for, so the gradient of the series costs nothing. */
const shared = { probes: 1, gradient: "series" } as const;

/** The estimators that the figure compares, for d dimensions. */
export function candidates(dimension: number): Candidate[] {
  const series = [2, 5, 10, 20].map((terms): Candidate => ({
    family: "power series",
    label: `${terms}`,
    estimator: powerSeries({ terms, ...shared }),
  }));
  const roulettes = (family: Candidate["family"], law: RouletteLaw) =>
    [0, 2, 5, 10].map((exactTerms): Candidate => ({
      family,
      label: `${exactTerms}+`,
      // Published settings are allowed although their variance is not proven to be finite; the figure says so.
      estimator: russianRoulette({ law, exactTerms, variance: "unchecked", ...shared }),
    }));
  return [
    { family: "exact", label: "d", estimator: exactLogDet({ maxDimension: dimension }) },
    ...series,
    ...roulettes("geometric roulette", geometricLaw({ p: 0.5 })),
    ...roulettes("Poisson roulette", poissonLaw({ rate: 2 })),
  ];
}

/** Whether the Lipschitz constants prove that the variance of a candidate is finite. */
export function varianceIsProven({ family }: Candidate, bounds: readonly ContractionBounds[]): boolean {
  if (family === "exact" || family === "power series") return true;
  const law = family === "geometric roulette" ? geometricLaw({ p: 0.5 }) : poissonLaw({ rate: 2 });
  const checked = russianRoulette({ law, exactTerms: 0, ...shared });
  try {
    for (const each of bounds) checked.check(each);
    return true;
  } catch {
    return false;
  }
}
