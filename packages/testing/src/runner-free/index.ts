export { checkLaw } from "../check-law.ts";
export type { LawResult } from "../check-law.ts";
export { laws } from "../laws.ts";
export type { LawName } from "../laws.ts";
export type { Law } from "../law.ts";
export { LawViolation } from "../law-violation.ts";
export { defaultTolerances } from "../options.ts";
export type { ConformanceOptions, Sampler, Tolerances } from "../options.ts";
export type { BijectionFactory, Trial } from "../trial.ts";
