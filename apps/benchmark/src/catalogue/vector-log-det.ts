import type { LogDetEstimator } from "@invertible/log-det";

/** With more features the exact log-determinant costs too much for every step of training. */
const mostExactInTraining = 2;
/** And with more than these for the one evaluation. */
const mostExact = 64;
const trainingTerms = 10;
const evaluationTerms = 40;

export interface VectorLogDet {
  readonly logDet: LogDetEstimator;
  readonly evaluationLogDet: LogDetEstimator;
  /** Of the evaluation, in words. */
  readonly words: string;
}

/** Whether training uses the exact log-determinant: a short series is only right for a contraction well below 1. */
export function trainsExactly(features: number): boolean {
  return features <= mostExactInTraining;
}

/** How residual models of vectors obtain log-determinants, unless their paper is about another way. */
export async function vectorLogDet(features: number): Promise<VectorLogDet> {
  const { exactLogDet, powerSeries } = await import("@invertible/log-det");
  const whole = exactLogDet({ maxDimension: mostExact });
  return {
    logDet: trainsExactly(features) ? whole : powerSeries({ terms: trainingTerms }),
    evaluationLogDet: features <= mostExact ? whole : powerSeries({ terms: evaluationTerms }),
    words:
      features <= mostExact
        ? "determinant of the whole Jacobian"
        : `power series of ${evaluationTerms} terms, 1 random probe`,
  };
}
