import type { Trial } from "../trial/trial.ts";

export function noInverse({ bijection }: Trial): string | undefined {
  return bijection.traits.inverse === "none" ? "its trait says that it has no inverse" : undefined;
}

export function noLogDet({ bijection }: Trial): string | undefined {
  return bijection.traits.logDet === "none" ? "its trait says that it has no log-det" : undefined;
}

export function estimatedLogDet({ bijection }: Trial): string | undefined {
  const { logDet } = bijection.traits;
  return logDet === "exact" ? undefined : `its log-det is ${logDet}, so single draws need not cancel`;
}

/** The first of several reasons. */
export function either(...reasons: ((trial: Trial) => string | undefined)[]) {
  return (trial: Trial) => reasons.map((reason) => reason(trial)).find((reason) => reason !== undefined);
}

export function noConditions({ conditions }: Trial): string | undefined {
  return conditions === undefined ? "no `condition` was given" : undefined;
}

export function analyticInverse({ bijection }: Trial): string | undefined {
  return bijection.traits.inverse === "analytic" ? "its inverse is analytic" : undefined;
}
