export { checkLaw } from "../check-law.ts";
export type { LawResult } from "../check-law.ts";
export { checkLaws } from "../check-laws.ts";
export type { ConformanceReport } from "../check-laws.ts";
export { laws } from "../laws.ts";
export type { KitLaw } from "../laws.ts";
export type { LawName } from "../law-names.ts";
export type { Law } from "../law.ts";
export { LawViolation, demand, demandWithin } from "../law-violation.ts";
export type { ViolationDetails } from "../law-violation.ts";
export { ratioOf } from "../measured.ts";
export type { Measured, Measurements } from "../measured.ts";
export { gradientsOf } from "../measures/gradients-of.ts";
export {
  demandFinite,
  example,
  indexOfLargest,
  numbersOf,
  relativeErrors,
  rowsOf,
} from "../measures/numbers.ts";
export { probeLoss } from "../measures/probe-loss.ts";
export type { ProbeLoss, ProbedTerms } from "../measures/probe-loss.ts";
export type { Conditions } from "../trial/conditioned.ts";
export { directions, forwardOf, inverseOf } from "../trial/direction.ts";
export type { Direction, Results } from "../trial/direction.ts";
export { ladder } from "../trial/hard-values.ts";
export { defaultTolerances } from "../trial/options.ts";
export type { ConformanceOptions, Sampler, Tolerances } from "../trial/options.ts";
export { snapshot, withTwin } from "../trial/twins.ts";
export type { BijectionFactory, Trial } from "../trial/trial.ts";
export { mutants } from "../mutants/index.ts";
export type { Mutant } from "../mutants/index.ts";
