import { readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { estimatorFromConfig } from "@invertible/log-det";
import { activationNames, fail } from "@invertible/ops";
import type { JsonObject, Random } from "@invertible/ops";
import { bottleneckBranch } from "./bottleneck-branch.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { denseBranch } from "./dense-branch.ts";
import { residualBlock } from "./residual-block.ts";

/** Teaches `residualType` one kind of branch. */
export interface BranchType {
  /** `config.branch` */
  readonly branch: string;
  /** `config` is untrusted: throw ArgumentError for what does not fit. */
  build(config: JsonObject, random: Random): ContractiveBranch;
}

/** The branches of this package. */
export const branchTypes: readonly BranchType[] = [
  {
    branch: "dense",
    build(config, random) {
      const read = readConfig("denseBranch", config);
      return denseBranch({
        ...common("denseBranch", config),
        features: read.number("features"),
        hidden: read.integers("hidden"),
        random,
      });
    },
  },
  {
    branch: "bottleneck",
    build(config, random) {
      const read = readConfig("bottleneckBranch", config);
      return bottleneckBranch({
        ...common("bottleneckBranch", config),
        inputShape: read.shape("inputShape"),
        hidden: read.number("hidden"),
        random,
      });
    },
  },
];

/** The layer type of residual blocks on these branches: give your own beside `branchTypes`. */
export function residualType(branches: readonly BranchType[]): LayerType {
  return {
    layer: "residualBlock",
    build(config, { random }) {
      const read = readConfig("residualBlock", config);
      const branch = read.object("branch");
      const name = readConfig("residualBlock.branch", branch).choice(
        "branch",
        branches.map((type) => type.branch),
      );
      const inverse = readConfig("residualBlock.inverse", read.object("inverse"));
      return residualBlock({
        branch: branches.find((type) => type.branch === name)!.build(branch, random),
        logDet: estimatorFromConfig(read.object("logDet")),
        evaluationLogDet: estimatorFromConfig(read.object("evaluationLogDet")),
        inverse: { tolerance: inverse.number("tolerance"), maxIterations: inverse.number("maxIterations") },
      });
    },
  };
}

/** For `rebuild` and for loading saved models. */
export const residualTypes: readonly LayerType[] = [residualType(branchTypes)];

function common(where: string, config: JsonObject) {
  const read = readConfig(where, config);
  const { preactivation } = config;
  if (typeof preactivation !== "boolean") fail(`${where}.preactivation`, "true or false", preactivation);
  return {
    activation: read.choice("activation", activationNames),
    coefficient: read.number("coefficient"),
    preactivation,
  };
}
