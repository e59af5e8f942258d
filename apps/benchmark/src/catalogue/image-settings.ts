import type { LogDetEstimator } from "@invertible/log-det";
import type { PixelOptions } from "@invertible/models";
import type { Shape } from "@invertible/ops";

/** The logit of pixels as published: digits are black and white, natural images are not. */
export function pixelsOf(shape: Shape): PixelOptions {
  return { alpha: shape[2] === 1 ? 1e-6 : 0.05 };
}

/**
 * How residual models of images obtain log-determinants where their papers follow Residual Flows: two terms that are always there,
 * then as many as a geometric law draws. With p < 1 - L^2 the variance is finite.
 */
export async function unbiasedLogDets(): Promise<{
  readonly logDet: LogDetEstimator;
  readonly evaluationLogDet: LogDetEstimator;
}> {
  const { geometricLaw, russianRoulette } = await import("@invertible/log-det");
  const roulette = (exactTerms: number) => russianRoulette({ law: geometricLaw({ p: 0.25 }), exactTerms });
  return { logDet: roulette(2), evaluationLogDet: roulette(20) };
}

/** What `unbiasedLogDets` are, in words. */
export const unbiasedWords = "series of 20 terms and a random tail, 1 random probe";
