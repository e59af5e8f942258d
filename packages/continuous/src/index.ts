export { continuousBlock } from "./blocks/continuous-block.ts";
export type { ContinuousBlockOptions } from "./blocks/continuous-block.ts";
export type { BlockTraceOptions } from "./blocks/block-trace.ts";
export { continuousTypes, continuousTypesWith } from "./blocks/continuous-types.ts";
export type {
  ContinuousBlock,
  Integrated,
  IntegrationCall,
  IntegrationEvidence,
  IntegrationOptions,
  IntegrationPlace,
  RowIntegration,
} from "./blocks/integration.ts";
export type { OdeOptions } from "./blocks/ode-options.ts";
export { solveForward } from "./blocks/solve-forward.ts";
export type { SolvedForward } from "./blocks/solve-forward.ts";
export { convDynamics } from "./dynamics/conv-dynamics.ts";
export type { ConvDynamicsOptions } from "./dynamics/conv-dynamics.ts";
export { denseDynamics } from "./dynamics/dense-dynamics.ts";
export type { DenseDynamicsOptions } from "./dynamics/dense-dynamics.ts";
export type { Dynamics, DynamicsAtTime, DynamicsType, LinearisedDynamics } from "./dynamics/dynamics.ts";
export type { DynamicsOptions } from "./dynamics/dynamics-options.ts";
export { dynamicsTypes } from "./dynamics/dynamics-types.ts";
export type { OdeGradient } from "./solvers/fixed-grid.ts";
export type { OdeMethod } from "./solvers/tableau.ts";
export { exactTrace } from "./traces/exact-trace.ts";
export type { ExactTraceOptions } from "./traces/exact-trace.ts";
export { hutchinsonTrace } from "./traces/hutchinson-trace.ts";
export type { HutchinsonTraceOptions, ProbeDistribution } from "./traces/hutchinson-trace.ts";
export type { TraceEstimator, VectorProblem } from "./traces/trace-estimator.ts";
