export type { ContractionBounds, LogDetEstimator } from "./estimators/estimator.ts";
export type { LogDetGradient, LogDetSurrogate } from "./estimators/log-det-gradient.ts";
export { estimatorFromConfig } from "./estimators/estimator-from-config.ts";
export { exactLogDet } from "./estimators/exact-log-det.ts";
export type { ExactLogDetOptions } from "./estimators/exact-log-det.ts";
export { jacobianMatrix } from "./determinants/jacobian-matrix.ts";
export { logDetEvidence } from "./log-det-evidence.ts";
export type { LogDetEvidence, LogDetEvidenceOptions } from "./log-det-evidence.ts";
export { logDetFloat64 } from "./determinants/log-det-float64.ts";
export { neumann } from "./estimators/neumann.ts";
export type {
  NeumannOptions,
  RouletteNeumannOptions,
  TruncatedNeumannOptions,
} from "./estimators/neumann.ts";
export { powerSeries } from "./estimators/power-series.ts";
export type { PowerSeriesOptions, SeriesGradient } from "./estimators/power-series.ts";
export type { ProbeDistribution, ProbeOptions } from "./series/probes.ts";
export type { Jvp, LogDetProblem } from "./problem.ts";
export { quadraticForms } from "./series/quadratic-forms.ts";
export { rouletteWeights } from "./series/roulette.ts";
export type { RouletteOptions, RouletteWeights } from "./series/roulette.ts";
export { geometricLaw, poissonLaw } from "./series/roulette-law.ts";
export type { RouletteLaw } from "./series/roulette-law.ts";
export { russianRoulette } from "./estimators/russian-roulette.ts";
export type { RussianRouletteOptions } from "./estimators/russian-roulette.ts";
export { truncationBound } from "./series/truncation-bound.ts";
export type { TruncationBoundOptions } from "./series/truncation-bound.ts";
export { withGradient } from "./estimators/with-gradient.ts";
export type { WithGradientOptions } from "./estimators/with-gradient.ts";
