export type {
  Bijection, CallContext, InverseEvidence, Observation, RefreshOptions, SolveContext, Solved, Traits, ValueContext,
} from "./bijection.ts";
export { defineBijection } from "./define-bijection.ts";
export type { AnyContext, BijectionDefinition } from "./define-bijection.ts";
export { describe, rebuild } from "./layer-type.ts";
export type { BuildTools, Description, LayerType } from "./layer-type.ts";
