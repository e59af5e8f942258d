export type {
  Bijection,
  CallContext,
  Certificate,
  InverseEvidence,
  InverseMethod,
  LayerCertificate,
  LipschitzBounds,
  Observation,
  RefreshOptions,
  RowEvidence,
  SolveContext,
  Solved,
  Traits,
  ValueContext,
} from "./bijection.ts";
export { bijectionTypes } from "./bijection-types.ts";
export { chain, chainParts } from "./chain.ts";
export { checkLevels } from "./check-levels.ts";
export { childContext } from "./child-context.ts";
export { readConfig } from "./config.ts";
export type { ConfigReader } from "./config.ts";
export { defineBijection } from "./define-bijection.ts";
export type { AnyContext, BijectionDefinition } from "./define-bijection.ts";
export { disposeBijection } from "./dispose-bijection.ts";
export { flatten } from "./flatten.ts";
export { invert } from "./invert.ts";
export { describe, rebuild } from "./layer-type.ts";
export type { BuildTools, Description, LayerType } from "./layer-type.ts";
export { split, splitParts } from "./split.ts";
export type { SplitOptions, SplitParts } from "./split.ts";
