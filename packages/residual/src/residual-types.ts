import { readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { estimatorFromConfig } from "@invertible/log-det";
import { branchTypes, buildBranch } from "./branch-types.ts";
import type { BranchType } from "./branch-types.ts";
import { residualBlock } from "./residual-block.ts";

/** The layer type of residual blocks on these branches: give your own beside `branchTypes`. */
export function residualType(branches: readonly BranchType[]): LayerType {
  return {
    layer: "residualBlock",
    build(config, { random }) {
      const read = readConfig("residualBlock", config);
      const inverse = readConfig("residualBlock.inverse", read.object("inverse"));
      return residualBlock({
        branch: buildBranch("residualBlock.branch", read.object("branch"), branches, random),
        logDet: estimatorFromConfig(read.object("logDet")),
        evaluationLogDet: estimatorFromConfig(read.object("evaluationLogDet")),
        inverse: { tolerance: inverse.number("tolerance"), maxIterations: inverse.number("maxIterations") },
      });
    },
  };
}

/** For `rebuild` and for loading saved models. */
export const residualTypes: readonly LayerType[] = [residualType(branchTypes)];
