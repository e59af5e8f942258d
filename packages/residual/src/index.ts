export type { ConvParametrisation, DenseParametrisation } from "./branches/bounded-operators.ts";
export type { BlockLogDetOptions } from "./blocks/block-log-det.ts";
export { bottleneckBranch } from "./branches/bottleneck-branch.ts";
export type { BottleneckBranchOptions } from "./branches/bottleneck-branch.ts";
export type { BranchLayer } from "./branches/stages/branch-layer.ts";
export type { BranchOptions, SequentialOptions } from "./branches/branch-options.ts";
export { branchTypes } from "./branches/branch-types.ts";
export type { BranchType } from "./branches/branch-types.ts";
export type {
  BoundBranch,
  BranchCertificate,
  ContractiveBranch,
  Linearised,
} from "./branches/contractive-branch.ts";
export { denseBranch } from "./branches/dense-branch.ts";
export type { DenseBranchOptions } from "./branches/dense-branch.ts";
export { denseNetBranch } from "./branches/dense-net-branch.ts";
export type { DenseNetBranchOptions } from "./branches/dense-net-branch.ts";
export { stepsFor } from "./solvers/solve-fixed.ts";
export type { FixedInverseOptions } from "./solvers/solve-fixed.ts";
export { implicitBlock } from "./blocks/implicit-block.ts";
export type { ImplicitBlockOptions } from "./blocks/implicit-block.ts";
export type { InverseMethod, InverseOptions } from "./blocks/inverse-options.ts";
export { monotoneBlock } from "./blocks/monotone-block.ts";
export type { MonotoneBlockOptions } from "./blocks/monotone-block.ts";
export { residualBlock } from "./blocks/residual-block.ts";
export type { ResidualBlockOptions } from "./blocks/residual-block.ts";
export { residualTypes, residualTypesWith } from "./blocks/residual-types.ts";
export { sequentialBranch } from "./branches/sequential-branch.ts";
export type { SequentialBranchOptions } from "./branches/sequential-branch.ts";
export type { SolveGradient } from "./solvers/solve-fixed.ts";
